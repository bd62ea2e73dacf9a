/* members.h - the members of a JSON object that are looked for, by a table. */
#ifndef JN_AWS_MEMBERS_H
#define JN_AWS_MEMBERS_H

#include "aws/wire/room.h"

#include <jangle/plugin/json.h>

enum {
    JN_AWS_JSON_DEPTH = 64, /* of lists and objects inside each other */
    JN_AWS_ID_BYTES = 200
};

struct jn_aws_member {
    const char *name;
    enum jn_json_kind kind;
    const char *also;          /* another spelling of the name; may be NULL */
    struct jn_json_span value; /* its text is NULL: the member is missing or null. A text
                                  has no quotes around it */
};

/* Look for members of an object, or of something that may not be one. Others are skipped.
 * If a name comes twice, the last one counts, here and everywhere. INVALID: it is no
 * object, or a member is of another kind; `what` is how the sentence calls it. */
enum jangle_result jn_aws_members_read(const struct jn_json_span *object,
                                       const char *what,
                                       struct jn_aws_member *members,
                                       size_t count,
                                       struct jangle_error *error);

/* The text of a member, in the room; NULL if it is missing. `size` may be NULL. INVALID:
 * it cannot be a text of C. */
enum jangle_result jn_aws_member_text(const struct jn_aws_member *member,
                                      struct jn_aws_room *room,
                                      char **text,
                                      size_t *size,
                                      struct jangle_error *error);

/* The same, which must not be longer than an id may be. */
enum jangle_result jn_aws_member_id(const struct jn_aws_member *member,
                                    struct jn_aws_room *room,
                                    char **text,
                                    struct jangle_error *error);

#endif
