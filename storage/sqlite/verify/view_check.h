/* view_check.h - the files of views: is a view's checkpoint one of this store? */
#ifndef JN_VERIFY_VIEW_CHECK_H
#define JN_VERIFY_VIEW_CHECK_H

#include "sqlite/verify/findings.h"

/* Check the views that lie beside the store under their default names. False if the call
 * is to end. */
bool jn_views_check(struct jn_verify *verify,
                    const unsigned char store_id[JANGLE_ID_SIZE]);

#endif
