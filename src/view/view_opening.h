/* view_opening.h - a view's file is opened, and its upserts are compiled before any
 * handler runs. */
#ifndef JN_VIEW_OPENING_H
#define JN_VIEW_OPENING_H

#include "subscription/subscription.h"

/* What a view is by this program. */
void jn_view_describe(const struct jn_subscription *subscription,
                      struct jangle_view_spec *spec);

/* Open its file. A follower's need not be there yet. */
enum jangle_result jn_view_kind_open(struct jn_subscription *subscription,
                                     struct jangle_error *error);

/* The file of a view, from open to close. BUSY if a follower's is not there yet. */
enum jangle_result jn_view_file_of(struct jn_subscription *subscription,
                                   struct jangle_view_file **file,
                                   struct jangle_error *error);

#endif
