/* anything.h - messages of any type (jangle_any): what a format has to know of their
 * data, which is in the extras of the contents. */
#ifndef JN_ANYTHING_H
#define JN_ANYTHING_H

#include <jangle/messaging.h>

/* The text of a member of a JSON object, in the arena; "" if there is none. */
const char *jn_member_text(struct jangle_arena *arena,
                           const char *json,
                           const char *member,
                           int64_t depth);

/* What the data was before it became JSON, by the extras of the contents. */
const char *jn_any_content_type(struct jangle_arena *arena,
                                const struct jangle_contents *contents,
                                int64_t depth);

/* Fill in contents that say this: type, data and extras. NO_MEMORY shows in the arena. */
void jn_any_write(struct jangle_arena *arena,
                  const struct jangle_any *any,
                  struct jangle_contents *contents);

#endif
