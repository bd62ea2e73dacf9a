/* members.h - the members of a JSON object as a table, each of which has another name. */
#ifndef JN_MEMBERS_H
#define JN_MEMBERS_H

#include "common/conversion.h"

struct jn_member {
    const char *name; /* with its escapes replaced */
    struct jn_json_span value;
    enum jn_json_kind kind;
};

struct jn_members {
    struct jn_member *items;
    size_t count;
};

/* Read an object. INVALID: it is none, or malformed, or a name is given twice; `member`
 * is what errors call the object. If the object is malformed, the table has the members
 * before the fault. */
enum jangle_result jn_members_read(const struct jn_conversion *conversion,
                                   const char *member,
                                   const char *text,
                                   size_t size,
                                   struct jn_members *members);

/* Read the member `extra` of contents: an object, or "" if there are no members. INVALID:
 * it is NULL, or neither of them. */
enum jangle_result jn_members_read_extra(const struct jn_conversion *conversion,
                                         const char *extra,
                                         struct jn_members *members);

/* Read the text that a member is, into the arena. INVALID: it is no text, or holds a zero
 * character; `path` is what errors call the member. */
enum jangle_result jn_member_read_text(const struct jn_conversion *conversion,
                                       const char *path,
                                       const struct jn_member *member,
                                       const char **text);

/* What a member is, into the arena: a text without its quotes, all else as it is written
 * in JSON, and then `bare` is true. INVALID: a text holds a zero character. */
enum jangle_result jn_member_read_value(const struct jn_conversion *conversion,
                                        const struct jn_member *member,
                                        const char **text,
                                        bool *bare);

/* Read a version: 2, or "2". INVALID: it is neither, or beyond an int. */
enum jangle_result jn_member_read_version(const struct jn_conversion *conversion,
                                          const char *path,
                                          const struct jn_member *member,
                                          int *version);

/* NULL: there is none of that name, or it is null. */
const struct jn_member *jn_members_find(const struct jn_members *members,
                                        const char *name);

/* Is there a member of that name, whatever its value is? */
bool jn_members_have(const struct jn_members *members, const char *name);

/* INVALID if a name is given twice. `items` are structs of `size` bytes which begin with
 * a pointer to a name. It takes time in proportion to count * log(count). */
enum jangle_result jn_names_check(const struct jn_conversion *conversion,
                                  const void *items,
                                  size_t count,
                                  size_t size);

#endif
