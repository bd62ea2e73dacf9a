/* registry_builder.h - the tables of a configuration, on their way into the registry. */
#ifndef JN_REGISTRY_BUILDER_H
#define JN_REGISTRY_BUILDER_H

#include "core/registry.h"

enum { JN_TABLE_NAME_MAX = 64, JN_THREADS_MAX = 64, JN_ROW_SIZE = 120 };

struct jn_registry_builder {
    struct jn_registry *registry;
    const struct jangle_config *config;
    struct jangle_error *error;
};

/* Names of aggregates, subscribers and sagas become names of streams and files. */
enum jangle_result jn_registry_builder_check_name(struct jn_registry_builder *builder,
                                                  const char *what,
                                                  const char *name);

/* "owner.table[index]", for sentences about one row. Returns `row`. */
const char *jn_registry_builder_row(char row[JN_ROW_SIZE],
                                    const char *owner,
                                    const char *table,
                                    size_t index);

/* INVALID if there is none, if its description cannot be right, or if it is something
 * else. `owner`, often a row, is for the sentence. */
enum jangle_result jn_registry_builder_check_type(struct jn_registry_builder *builder,
                                                  const char *owner,
                                                  const struct jangle_message *type,
                                                  enum jangle_role role);

/* "owner/name", in the registry's arena. */
const char *jn_registry_builder_key(struct jn_registry_builder *builder,
                                    const char *owner,
                                    const char *name);

/* NO_MEMORY, also if the value is NULL or the arena failed. */
enum jangle_result jn_registry_builder_put(struct jn_registry_builder *builder,
                                           struct jn_map *map,
                                           const char *key,
                                           void *value);

/* Tables are constants; maps hold pointers to anything. They are read through
 * const-restoring functions only. */
void *jn_registry_builder_unconst(const void *table);

/* The same event may be described in two places, if both say the same. */
enum jangle_result jn_registry_builder_add_event(struct jn_registry_builder *builder,
                                                 const char *owner,
                                                 const struct jangle_message *type);

/* INVALID if an entry of `elsewhere` is no event, or none that `owner` handles. */
enum jangle_result
jn_registry_builder_check_elsewhere(struct jn_registry_builder *builder,
                                    const char *owner,
                                    const struct jangle_events *elsewhere);

/* INVALID: the entry of that list is NULL. */
enum jangle_result jn_registry_builder_no_entry(struct jn_registry_builder *builder,
                                                const char *list,
                                                size_t index);

#endif
