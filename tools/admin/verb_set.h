/* verb_set.h - the verbs of one program: ours and its own. */
#ifndef ADMIN_VERB_SET_H
#define ADMIN_VERB_SET_H

#include <jangle/admin.h>

struct jn_verb_set {
    const struct jangle_admin *admin;
    const struct jangle_verbs *ours;
};

/* Ours, if the program can run them and has none of the same name, and then its own. NULL
 * behind the last. */
const struct jangle_verb *jn_verb_at(const struct jn_verb_set *set, size_t index);

/* The verb that the first words name; `taken` is how many of them its name has. NULL:
 * there is none. */
const struct jangle_verb *
jn_verb_find(const struct jn_verb_set *set, int count, char *const *words, int *taken);

/* The word that was probably meant, or NULL. */
const char *jn_verb_suggest(const struct jn_verb_set *set, const char *typed);

#endif
