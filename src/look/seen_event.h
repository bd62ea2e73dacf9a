/* seen_event.h - a found record becomes the event that a visit sees. */
#ifndef JN_SEEN_EVENT_H
#define JN_SEEN_EVENT_H

#include "base/ids.h"
#include "look/look.h"

struct jn_seen_event {
    struct jangle_seen_event event;
    char event_id[JN_ID_TEXT_SIZE];
    struct jangle_error why;
};

/* Fill it in, in the arena; texts of the record stay where they are. A meta that cannot
 * be read is a fault of the record. NO_MEMORY. */
enum jangle_result jn_seen_event_fill(struct jn_seen_event *seen,
                                      struct jangle_arena *arena,
                                      const struct jn_limits *limits,
                                      const struct jangle_found *found,
                                      struct jangle_error *error);

#endif
