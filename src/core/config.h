/* config.h - the settings: one table, from which defaults, ranges, the environment's
 * names and the documentation come. jangle_config_from_env is in config_env.c. */
#ifndef JN_CONFIG_H
#define JN_CONFIG_H

#include <jangle/config.h>

enum { JN_SECOND_MS = 1000, JN_RANGE_SIZE = 64 };

/* The variables that are texts: who the program is, and its files. */
#define JN_SOURCE_VARIABLE      "JANGLE_SOURCE"
#define JN_PROGRAM_VARIABLE     "JANGLE_PROGRAM"
#define JN_EVENT_STORE_VARIABLE "JANGLE_EVENT_STORE_PATH"
#define JN_SAGA_STORE_VARIABLE  "JANGLE_SAGA_STORE_PATH"
#define JN_SNAPSHOTS_VARIABLE   "JANGLE_SNAPSHOTS_PATH"

/* One setting that is a number. Zero in a configuration is the default. */
struct jn_setting {
    const char *name;
    size_t offset;            /* of the field in struct jangle_config... */
    size_t size;              /* ...which is an int, an int64_t, or a bool */
    const char *variable;     /* its name in the environment */
    const char *old_variable; /* PyJangle's, with or without JANGLE_ before it; or NULL */
    int64_t old_unit;         /* one of PyJangle's units in jangle's; 0 is 1 */
    int64_t normal;           /* the default */
    int64_t least, most;
    bool or_none; /* -1 is allowed, too */
    const char *sentence;
};

/* The settings one by one; NULL behind the last. */
const struct jn_setting *jn_setting_at(size_t index);

bool jn_setting_allows(const struct jn_setting *setting, int64_t value);

/* The values that the setting allows, as text, counted in units of so many of the
 * setting's own: 1, or JN_SECOND_MS for seconds. Returns the text. */
const char *jn_setting_range(const struct jn_setting *setting,
                             int64_t unit,
                             char text[JN_RANGE_SIZE]);

/* The value is allowed. */
void jn_setting_write(struct jangle_config *config,
                      const struct jn_setting *setting,
                      int64_t value);

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
