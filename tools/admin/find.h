/* find.h - look for what was named: the events of a thing. */
#ifndef ADMIN_FIND_H
#define ADMIN_FIND_H

#include "admin/thing.h"

#include <jangle/look.h>

/* Visit the event at a position; the event of a UUID, or else the events of the command
 * of that id; the events of a stream, or of one of its versions. With what led to them,
 * if `with_commands` says so. The result of the visit, if that ends it. */
enum jangle_result jn_find_events(struct jangle_look *look,
                                  const struct jn_thing *thing,
                                  bool with_commands,
                                  jangle_seen_event_fn *visit,
                                  void *context,
                                  struct jangle_error *error);

#endif
