/* names.c - topics and queues that were seen to exist. */
#include "rabbitmq/names.h"

bool jn_rabbit_knows(const struct jn_rabbit_connection *connection, const char *name)
{
    for (const struct jn_rabbit_name *known = connection->known; known;
         known = known->next)
        if (strcmp(known->text, name) == 0)
            return true;
    return false;
}

enum jangle_result jn_rabbit_learn(struct jn_rabbit_connection *connection,
                                   const struct jangle_allocator *allocator,
                                   const char *name,
                                   struct jangle_error *error)
{
    size_t size = strlen(name) + 1;
    struct jn_rabbit_name *known = jn_new(allocator, sizeof *known + size);

    if (!known)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a name");
    memcpy(known->text, name, size);
    known->next = connection->known;
    connection->known = known;
    return JANGLE_OK;
}

void jn_rabbit_forget_names(struct jn_rabbit_connection *connection,
                            const struct jangle_allocator *allocator)
{
    while (connection->known) {
        struct jn_rabbit_name *next = connection->known->next;

        jn_free(allocator, connection->known);
        connection->known = next;
    }
}
