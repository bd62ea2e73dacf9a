/* object.h - the section "object" of a MEGA event: what the event is about, as it is now
 * and as it was before. */
#ifndef JN_MEGA_OBJECT_H
#define JN_MEGA_OBJECT_H

#include "common/members.h"

struct jn_mega_section {
    const char *type, *id;           /* NULL: there is none */
    int version;                     /* 1 if it is not said */
    const struct jn_member *current; /* an object with members; NULL: there is none */
    const struct jn_member *previous;
};

/* Read the section, which is an object; `path` is what errors call it. Members that it
 * does not have by the protocol are ignored; or INVALID if `strict` is set, and then so
 * is a section without "current", which SQS MEGA refuses. */
enum jangle_result jn_mega_object_read(const struct jn_conversion *conversion,
                                       const char *path,
                                       const struct jn_member *member,
                                       bool strict,
                                       struct jn_mega_section *section);

/* Write it as the value of a member that was begun. What is not there is left out. */
void jn_mega_object_put(struct jn_json_writer *json,
                        const struct jn_mega_section *section);

#endif
