/* config.h - the settings: one table, from which defaults, ranges, the environment's
 * names and the documentation come. */
#ifndef JN_CONFIG_H
#define JN_CONFIG_H

#include <jangle/config.h>

/* Fill in the defaults and check the ranges. INVALID names the field, its value and what
 * it may be; then some defaults may be filled in. */
enum jangle_result jn_config_complete(struct jangle_config *config,
                                      struct jangle_error *error);

/* The same for a subscriber's own policy, whose zeroes are those of `base`, which is
 * complete. `name`, of its owner, is for the sentence. */
enum jangle_result jn_config_complete_retry(struct jangle_retry *retry,
                                            const struct jangle_retry *base,
                                            const char *name,
                                            struct jangle_error *error);

/* The table as Markdown, for docs/operations.md. False if it could not be written. */
bool jn_config_describe(FILE *file);

#endif
