/* describe.h - what can be done with any described struct, by its table. */
#ifndef JN_DESCRIBE_H
#define JN_DESCRIBE_H

#include "arena.h"
#include "hash.h"

#include <jangle/message.h>

/* The name that it has in the store. */
const char *jn_type_name(const struct jangle_message *type);

/* Of the stored form: at least 1. */
int jn_type_version(const struct jangle_message *type);

/* INVALID, with a sentence, if the table cannot be right: no or a bad name, a name over
 * 200 bytes, a gap between members that padding does not explain, a type that contains
 * itself, nesting deeper than 16, a member or type named twice, an answer that is no
 * struct. */
enum jangle_result jn_type_check(const struct jangle_message *type,
                                 struct jangle_error *error);

/* Of the members' names and kinds, nested ones too: it changes when the stored form
 * does. */
void jn_type_hash(const struct jangle_message *type, unsigned char hash[JN_HASH_SIZE]);

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
    char path[120];
    char left[60];
    char right[60];
};
bool jn_type_equal(const struct jangle_message *type,
                   const void *data,
                   const void *other,
                   struct jn_difference *difference);

/* Does each pointer lie in the arena, or in memory that was not handed out by any
 * (static data)? For the debug build: `foreign` is an arena whose memory is about to go,
 * and no pointer may lie in it. The first that does is named in `path`. */
bool jn_type_avoids(const struct jangle_message *type,
                    const void *data,
                    const struct jangle_arena *foreign,
                    char path[120]);

#endif
