/* view_opening.h - a view's file is opened, and its upserts are compiled before any
 * handler runs. */
#ifndef JN_VIEW_OPENING_H
#define JN_VIEW_OPENING_H

#include "subscription/subscription.h"

/* The view as this program describes it. */
void jn_view_describe(const struct jn_subscription *subscription,
                      struct jangle_view_spec *spec);

/* Open its file. In a follower the file need not exist yet. */
enum jangle_result jn_view_kind_open(struct jn_subscription *subscription,
                                     struct jangle_error *error);

/* The file of a view, which stays open until the instance is closed. BUSY in a follower,
 * if the file does not exist yet. */
enum jangle_result jn_view_file_of(struct jn_subscription *subscription,
                                   struct jangle_view_file **file,
                                   struct jangle_error *error);

#endif
