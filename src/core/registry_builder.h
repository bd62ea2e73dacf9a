/* registry_builder.h - what the registry checks of every table, and how it stores it. */
#ifndef JN_REGISTRY_BUILDER_H
#define JN_REGISTRY_BUILDER_H

#include "core/registry.h"

enum { JN_TABLE_NAME_MAX = 64, JN_THREADS_MAX = 64, JN_ROW_SIZE = 120 };

/* The registry while it is built. */
struct jn_registry_builder {
    struct jn_registry *registry;
    const struct jangle_config *config;
    struct jangle_error *error;
};

/* INVALID unless the name is 1..64 letters, digits, _ and -, because it becomes part of
 * keys and file names. */
enum jangle_result jn_builder_check_name(struct jn_registry_builder *builder,
                                         const char *what,
                                         const char *name);

/* "owner.table[index]", for sentences about one row. Returns `row`. The macro makes the
 * room for it, which lasts as long as the block that says it. */
const char *
jn_builder_row(char row[JN_ROW_SIZE], const char *owner, const char *table, size_t index);
#define JN_BUILDER_ROW(owner, table, index)                                              \
    jn_builder_row((char[JN_ROW_SIZE]){0}, owner, table, index)

/* INVALID if the type is NULL, if its description cannot be right, or if it has another
 * role. The sentence begins with `owner`, often a row. */
enum jangle_result jn_builder_check_type(struct jn_registry_builder *builder,
                                         const char *owner,
                                         const struct jangle_message *type,
                                         enum jangle_role role);

/* INVALID unless the filter has both its text and what reads it, or neither. */
enum jangle_result jn_builder_check_filter(struct jn_registry_builder *builder,
                                           const char *owner,
                                           const struct jangle_filter *where);

/* "owner/name", in the registry's arena. */
const char *
jn_builder_key(struct jn_registry_builder *builder, const char *owner, const char *name);

/* Put the value under the key. NO_MEMORY, also if the value is NULL or the
 * arena failed. */
enum jangle_result jn_builder_put(struct jn_registry_builder *builder,
                                  struct jn_map *map,
                                  const char *key,
                                  void *value);

/* A pointer to a constant table, as a map takes it. Whoever finds the table in the map
 * must not write to it. */
void *jn_builder_unconst(const void *table);

/* Register an event. It may be described in two places, if both describe it alike. */
enum jangle_result jn_builder_add_event(struct jn_registry_builder *builder,
                                        const char *owner,
                                        const struct jangle_message *type);

/* INVALID if an entry of `elsewhere` is no event, or an event that `owner` does not
 * handle. */
enum jangle_result jn_builder_check_elsewhere(struct jn_registry_builder *builder,
                                              const char *owner,
                                              const struct jangle_events *elsewhere);

/* INVALID: the entry of that list is NULL. */
enum jangle_result
jn_builder_no_entry(struct jn_registry_builder *builder, const char *list, size_t index);

/* INVALID names a row whose event no aggregate lists, unless the subscriber or saga says
 * in `elsewhere` that another program emits it. */
enum jangle_result jn_registry_check_emitters(const struct jn_registry *registry,
                                              const struct jangle_config *config,
                                              struct jangle_error *error);

#endif
