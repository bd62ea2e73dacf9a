/* copy.h - described structs are copied, weighed and compared, member by member. */
#ifndef JN_COPY_H
#define JN_COPY_H

#include "message/describe.h"

/* Copy the struct, with all texts, lists and nested structs, into the arena: nothing of
 * `to` points into `from` afterwards. NO_MEMORY. */
enum jangle_result jn_type_copy(struct jangle_arena *arena,
                                const struct jangle_message *type,
                                void *to,
                                const void *from);

/* Bytes that jn_type_copy would take from an arena. */
size_t jn_type_weight(const struct jangle_message *type, const void *data);

/* Does each text, and each list with items, lie where it is allowed to? The first that
 * does not is named in `path`. */
typedef bool jn_allowed_fn(const struct jangle_arena *arena, const void *memory);
bool jn_type_points(const struct jangle_message *type,
                    const void *data,
                    jn_allowed_fn *allowed,
                    const struct jangle_arena *arena,
                    char path[JN_PATH_SIZE]);

/* Where two structs differ: "lines[2].quantity", and both values as text. */
struct jn_difference {
    char path[JN_PATH_SIZE];
    char left[60];
    char right[60];
};
/* Are all members equal? NULL and "" are equal texts, and absent optionals are equal
 * whatever value they hold. If not, the first difference goes to `difference` (may be
 * NULL). */
bool jn_type_equal(const struct jangle_message *type,
                   const void *data,
                   const void *other,
                   struct jn_difference *difference);

#endif
