/* describe.h - what can be done with any described struct, by its table. */
#ifndef JN_DESCRIBE_H
#define JN_DESCRIBE_H

#include "base/arena.h"
#include "base/hash.h"
#include "message/path.h"

#include <jangle/message.h>

/* ---- members ----------------------------------------------------------------- */

/* Of a struct that holds it. */
static inline const void *jn_member(const void *data, const struct jangle_field *field)
{
    return (const unsigned char *)data + field->offset;
}

static inline void *jn_member_of(void *data, const struct jangle_field *field)
{
    return (unsigned char *)data + field->offset;
}

/* Where its value is, and of which kind: that of the value, if it is optional. NULL if it
 * is absent, as a jangle_nothing always is. */
const void *jn_member_value(const void *data,
                            const struct jangle_field *field,
                            enum jangle_kind *kind);

/* The kinds that jn_member_value never answers with. A switch over the kind of a value
 * says `case JN_NO_VALUE:` and has no default, so that a new kind does not compile before
 * it has its case there. */
#define JN_NO_VALUE                                                                      \
    JANGLE_KIND_END:                                                                     \
    case JANGLE_KIND_NOTHING:                                                            \
    case JANGLE_KIND_OPTIONAL_BOOL:                                                      \
    case JANGLE_KIND_OPTIONAL_INT:                                                       \
    case JANGLE_KIND_OPTIONAL_REAL:                                                      \
    case JANGLE_KIND_OPTIONAL_TEXT:                                                      \
    case JANGLE_KIND_OPTIONAL_TIME

/* The same, to be filled in: an optional member is given from now on. */
void *
jn_member_give(void *data, const struct jangle_field *field, enum jangle_kind *kind);

bool jn_kind_is_optional(enum jangle_kind kind);

size_t jn_member_size(const struct jangle_field *field);
size_t jn_member_alignment(const struct jangle_field *field);

/* A list of the user's, which has a typed `items`. */
struct jangle_list jn_list_read(const void *member);

static inline const void *jn_list_item(const struct jangle_list *list,
                                       const struct jangle_message *type,
                                       size_t index)
{
    return (const unsigned char *)list->items + index * type->size;
}

/* ---- types ------------------------------------------------------------------- */

/* The name that it has in the store. */
const char *jn_type_name(const struct jangle_message *type);

/* Of the stored form: at least 1. */
int jn_type_version(const struct jangle_message *type);

enum { JN_MEMBERS_MAX = 32, JN_NAME_MAX_SIZE = 200, JN_NESTING_MAX = 16 };

/* INVALID, with a sentence, if the table cannot be right: no name, a bad or an overlong
 * one (it must be UTF-8 without spaces, controls, quotes, slashes and backslashes), a gap
 * between members that padding does not explain, a type that contains itself, nesting
 * deeper than 16, a member listed twice, an answer that is no struct. */
enum jangle_result jn_type_check(const struct jangle_message *type,
                                 struct jangle_error *error);

/* Of the members' names and kinds, nested ones too: it changes when the stored form
 * does. */
void jn_type_hash(const struct jangle_message *type, unsigned char hash[JN_HASH_SIZE]);

/* Zero, but each text is "": a state before its first event. */
void jn_type_clear(const struct jangle_message *type, void *data);

/* Make each text that is NULL "", also in nested structs and in the items of lists. An
 * optional text that is not given stays as it is. */
void jn_type_fill_texts(const struct jangle_message *type, void *data);

/* Copy the struct, with all texts, lists and nested structs, into the arena: nothing of
 * `to` points into `from` afterwards. NO_MEMORY. */
enum jangle_result jn_type_copy(struct jangle_arena *arena,
                                const struct jangle_message *type,
                                void *to,
                                const void *from);

/* Bytes that jn_type_copy would take from an arena. */
size_t jn_type_weight(const struct jangle_message *type, const void *data);

/* Equal, member by member; NULL and "" of a text are. If not, `path` (may be NULL) says
 * where, "lines[2].quantity", and `left` and `right` (may be NULL) what. Absent
 * optionals equal absent ones, whatever their value. */
struct jn_difference {
    char path[JN_PATH_SIZE];
    char left[60];
    char right[60];
};
bool jn_type_equal(const struct jangle_message *type,
                   const void *data,
                   const void *other,
                   struct jn_difference *difference);

/* Does each text, and each list with items, lie where it is allowed to? The first that
 * does not is named in `path`. */
typedef bool jn_place_fn(const struct jangle_arena *arena, const void *memory);
bool jn_type_points(const struct jangle_message *type,
                    const void *data,
                    jn_place_fn *allowed,
                    const struct jangle_arena *arena,
                    char path[JN_PATH_SIZE]);

/* The same: anywhere but in that arena, whose memory is about to go. */
bool jn_type_avoids(const struct jangle_message *type,
                    const void *data,
                    const struct jangle_arena *foreign,
                    char path[JN_PATH_SIZE]);

#endif
