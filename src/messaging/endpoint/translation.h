/* translation.h - struct jangle_translation: what a translate function has said. */
#ifndef JN_TRANSLATION_H
#define JN_TRANSLATION_H

#include "message/codec.h"

#include <jangle/messaging.h>

struct jangle_translation {
    struct jangle_arena *arena;
    const struct jangle_message *type; /* NULL: nothing was said */
    const void *data;                  /* a checked copy, in the arena */
    const char *extra;                 /* NULL: nothing was given */
    int64_t depth;             /* of `extra`, at most; 0: a consumer's translation,
                                  which takes none */
    struct jangle_error error; /* the first one stays */
};

/* Call the function. OK with a `type` of NULL: the message is ignored. INVALID: it can
 * never be translated. NO_MEMORY. The sentence is in `error`. */
enum jangle_result jn_translate(struct jangle_translation *translation,
                                jangle_translate_fn *translate,
                                const struct jangle_event *event,
                                struct jangle_error *error);

#endif
