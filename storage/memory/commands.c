/* commands.c - what is stored of a command: its receipt, and where it came from. */
#include "memory/commands.h"

#include "memory/row.h"

static const struct jn_command *find(const struct jn_memory_store *store,
                                     const char *command_id)
{
    return (const struct jn_command *)jn_names_find(&store->commands, command_id, "");
}

static enum jangle_result refuse_unknown(const char *command_id,
                                         struct jangle_error *error)
{
    return jangle_error_set(error, JANGLE_NOT_FOUND,
                            "command %s: nothing of it is stored", command_id);
}

enum jangle_result jn_memory_find_command(struct jangle_store *base,
                                          const char *command_id,
                                          struct jangle_receipt *receipt,
                                          struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    const struct jn_command *command;
    bool found;

    jn_mutex_lock(&store->mutex);
    command = find(store, command_id);
    found = command != NULL;
    if (found)
        *receipt = command->receipt;
    jn_mutex_unlock(&store->mutex);
    return found ? JANGLE_OK : refuse_unknown(command_id, error);
}

/* A copy, because the command may be forgotten while it is visited. NULL: there is no
 * memory. */
static struct jn_memory_row *copy_command(struct jn_memory_store *store,
                                          const struct jn_command *command)
{
    static const size_t texts[] = {JN_TEXT_OF(command.command_id),
                                   JN_TEXT_OF(command.from.type),
                                   JN_TEXT_OF(command.from.sender), 0};
    struct jn_memory_row content = {.as.command = {.command_id = command->name.first,
                                                   .receipt = command->receipt,
                                                   .at = command->at,
                                                   .from = command->from}};

    return jn_memory_new_row(store, &content, 0, texts);
}

enum jangle_result jn_memory_read_command(struct jangle_store *base,
                                          const char *command_id,
                                          jangle_stored_command_fn *visit,
                                          void *context,
                                          struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    const struct jn_command *command;
    struct jn_memory_row *copy = NULL;
    enum jangle_result result;
    bool found;

    jn_mutex_lock(&store->mutex);
    command = find(store, command_id);
    found = command != NULL;
    if (found)
        copy = copy_command(store, command);
    jn_mutex_unlock(&store->mutex);
    if (!found)
        return refuse_unknown(command_id, error);
    if (!copy)
        return jn_memory_full(error, "read a command");
    result = visit(context, &copy->as.command);
    jn_memory_row_drop(copy, &store->host.allocator);
    return result;
}
