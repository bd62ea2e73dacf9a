/* completion.h - what bash, zsh and fish need to complete words: verbs, options, values.
 */
#ifndef ADMIN_COMPLETION_H
#define ADMIN_COMPLETION_H

#include "admin/bytes.h"
#include "admin/verb_set.h"

/* False: there is no such shell. */
bool jn_completion_put(struct jn_bytes *out,
                       const struct jn_verb_set *set,
                       const char *shell);

#endif
