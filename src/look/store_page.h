/* store_page.h - a page of events for a look, of any store. */
#ifndef JN_STORE_PAGE_H
#define JN_STORE_PAGE_H

#include "look/look.h"

/* Visit a page of the range, as ST-38 has it. A store that has no such operation is read
 * through those that it has. */
enum jangle_result jn_store_page(struct jangle_look *look,
                                 struct jangle_range *range,
                                 jangle_found_fn *visit,
                                 void *context,
                                 struct jangle_error *error);

#endif
