/* help.h - help for people at a terminal, and what all pages have in common that are made
 * from the table of verbs. Each page is added to `out`. */
#ifndef ADMIN_HELP_H
#define ADMIN_HELP_H

#include "admin/bytes.h"
#include "admin/verb_set.h"

void jn_help_overview(struct jn_bytes *out, const struct jn_verb_set *set);
void jn_help_verb(struct jn_bytes *out,
                  const struct jn_verb_set *set,
                  const struct jangle_verb *verb);

/* ---- what the pages have in common ------------------------------------------------ */

struct jn_explained {
    const char *what;
    const char *text;
};

struct jn_explanations {
    const struct jn_explained *items;
    size_t count;
};

extern const struct jn_explanations jn_help_names; /* how things are named */
extern const struct jn_explanations jn_help_times;
extern const struct jn_explanations jn_help_environment;
extern const struct jn_explanations jn_help_exits;

/* "jangle events [FILE] [STREAM] [OPTION]..." */
void jn_help_usage(struct jn_bytes *out,
                   const struct jn_verb_set *set,
                   const struct jangle_verb *verb);

/* "-n, --limit N"; in `out` nothing but this. */
void jn_help_option(struct jn_bytes *out, const struct jangle_option *option);

/* The verb's options, and then the common ones; NULL behind the last. */
const struct jangle_option *jn_help_option_at(const struct jangle_verb *verb,
                                              size_t index);

#endif
