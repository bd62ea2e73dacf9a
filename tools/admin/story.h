/* story.h - what led to an event, and what it led to: the events that hang together by
 * the causes of their commands, as a tree. */
#ifndef ADMIN_STORY_H
#define ADMIN_STORY_H

#include "admin/bytes.h"

#include <jangle/look.h>

/* One event of the story. Texts are copies. Indexes are those of `events`; -1: none. */
struct jn_story_event {
    int64_t position, version, cause;
    jangle_time at;
    char *kind, *id, *type, *command, *sender, *actor, *payload;
    size_t payload_size;
    int64_t depth; /* how many causes lie above it */
    int64_t parent, first_child, last_child, next;
};

struct jn_story {
    struct jn_story_event *events; /* in the order of their positions */
    size_t count, room;
    int64_t read;   /* records */
    int64_t faults; /* records of the story that are not what was stored */
    int64_t go_on;  /* the read limit has ended it at this position; 0: it is whole */
    char *root_id;  /* of the command that it begins with; NULL: not known */
    bool no_memory;
};

/* Gather the story of the event at a position: climb to its first cause, and read on from
 * there, at most `read_limit` records; 0: to the end. Free it in any case.
 *
 *     NOT_FOUND   there is no such event
 *     NO_MEMORY
 *     others      jangle_look_events returned them; CANCELLED: `stopped` says so */
enum jangle_result jn_story_gather(struct jn_story *story,
                                   struct jangle_look *look,
                                   int64_t position,
                                   int64_t read_limit,
                                   bool (*stopped)(const void *context),
                                   const void *context,
                                   struct jangle_error *error);
void jn_story_free(struct jn_story *story);

/* The next event of the tree behind that one, -1: from its first one on. -1: none. */
int64_t jn_story_next(const struct jn_story *story, int64_t at);

#endif
