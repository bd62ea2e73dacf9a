/* describe.h - descriptions of structs: names, versions, hashes, the checks of a
 * description itself, and the texts of a struct that nothing has set. */
#ifndef JN_DESCRIBE_H
#define JN_DESCRIBE_H

#include "base/arena.h"
#include "base/hash.h"
#include "message/path.h"

#include <jangle/message.h>

/* ---- members ----------------------------------------------------------------- */

/* The member of a struct. */
static inline const void *jn_member(const void *data, const struct jangle_field *field)
{
    return (const unsigned char *)data + field->offset;
}

static inline void *jn_member_of(void *data, const struct jangle_field *field)
{
    return (unsigned char *)data + field->offset;
}

/* The kinds that no value has: jn_member_value returns none of them. A switch over the
 * kind of a value says `case JN_NO_VALUE:` and has no default, so that a new kind does
 * not compile before it has its case there. */
#define JN_NO_VALUE                                                                      \
    JANGLE_KIND_END:                                                                     \
    case JANGLE_KIND_NOTHING:                                                            \
    case JANGLE_KIND_OPTIONAL_BOOL:                                                      \
    case JANGLE_KIND_OPTIONAL_INT:                                                       \
    case JANGLE_KIND_OPTIONAL_REAL:                                                      \
    case JANGLE_KIND_OPTIONAL_TEXT:                                                      \
    case JANGLE_KIND_OPTIONAL_TIME

static inline const void *jn_list_item(const struct jangle_list *list,
                                       const struct jangle_message *type,
                                       size_t index)
{
    return (const unsigned char *)list->items + index * type->size;
}

/* ---- types ------------------------------------------------------------------- */

/* The name that the type has in the store. */
const char *jn_type_name(const struct jangle_message *type);

/* The version of its stored form: at least 1. */
int jn_type_version(const struct jangle_message *type);

enum { JN_MEMBERS_MAX = 32, JN_NAME_MAX_SIZE = 200, JN_NESTING_MAX = 16 };

/* INVALID, with a sentence, if the description cannot be right: a name that is missing,
 * too long or not allowed (UTF-8 without spaces, controls, quotes, slashes and
 * backslashes), a gap between members that padding does not explain, a type that contains
 * itself, nesting deeper than 16, a member that is listed twice, an answer that is no
 * struct. */
enum jangle_result jn_type_check(const struct jangle_message *type,
                                 struct jangle_error *error);

/* The hash of the names and kinds of all members, nested ones too: it changes when the
 * stored form does. */
void jn_type_hash(const struct jangle_message *type, unsigned char hash[JN_HASH_SIZE]);

/* The id of the aggregate that a command is for: its first member, which is a text, or
 * the one stream of its type. "" for NULL. */
const char *jn_type_target(const struct jangle_message *type, const void *data);

/* The same of a message of any role: its fixed stream, or its first member if that is a
 * text; else "". */
const char *jn_type_key(const struct jangle_message *type, const void *data);

/* ---- texts that nothing has set ---------------------------------------------- */

/* Zero, but each text is "": a state before its first event. */
void jn_type_clear(const struct jangle_message *type, void *data);

/* Make each text that is NULL "", also in nested structs and in the items of lists. An
 * optional text that is not given stays as it is. False if a list has a count and no
 * items. */
bool jn_type_fill_texts(const struct jangle_message *type, void *data);

/* A text that may be NULL, as an optional member: NULL is absent. */
static inline jangle_optional_text jn_text_or_absent(const char *text)
{
    return (jangle_optional_text){text != NULL, text};
}

#endif
