/* headers.c - the headers of a message that has come.
 *
 * libnats 3.4 may take a name for another one that begins with it, such as user and
 * userid: for both it returns the value of the one that it lists first. So a value that
 * another name had before is none of this name, and is taken out of the message until the
 * right one is found. (What libnats has mixed up when it read the message is lost: so no
 * such names are written, see message.c.) */
#include "nats/headers.h"
#include "nats/memory.h"

size_t jn_nats_headers_count(const struct jn_nats_header *headers)
{
    size_t count = 0;

    for (; headers; headers = headers->next)
        count++;
    return count;
}

const char *jn_nats_headers_find(const struct jn_nats_header *headers, const char *name)
{
    while (headers && strcmp(headers->name, name) != 0)
        headers = headers->next;
    return headers ? headers->value : NULL;
}

void jn_nats_headers_free(struct jn_nats *nats, struct jn_nats_header *headers)
{
    while (headers) {
        struct jn_nats_header *next = headers->next;

        jn_free(&nats->allocator, headers);
        headers = next;
    }
}

/* Whose value that is. */
static struct jn_nats_header *find_place(struct jn_nats_header *headers,
                                         const char *place)
{
    while (headers && headers->place != place)
        headers = headers->next;
    return headers;
}

/* NULL: it has no value. */
static const char *
value_of(natsMsg *message, struct jn_nats_header *headers, const char *name)
{
    struct jn_nats_header *other;
    const char *value = NULL;

    while (!natsMsgHeader_Get(message, name, &value) && value) {
        other = find_place(headers, value);
        if (!other)
            return value;
        other->place = NULL;
        if (natsMsgHeader_Delete(message, other->name))
            return NULL;
    }
    return NULL;
}

static struct jn_nats_header *
make(struct jn_nats *nats, const char *name, const char *value)
{
    size_t name_size = strlen(name) + 1, value_size = strlen(value) + 1;
    struct jn_nats_header *made =
        jn_new(&nats->allocator, sizeof *made + name_size + value_size);

    if (!made)
        return NULL;
    memcpy(made->name, name, name_size);
    made->value = memcpy(made->name + name_size, value, value_size);
    made->place = value;
    return made;
}

bool jn_nats_headers_read(struct jn_nats *nats,
                          natsMsg *message,
                          struct jn_nats_header **headers)
{
    struct jn_nats_header **last = headers;
    const char **keys = NULL;
    bool is_full = false;
    int count = 0;

    *headers = NULL;
    if (natsMsgHeader_Keys(message, &keys, &count))
        count = 0;
    for (int i = 0; i < count && !is_full; i++) {
        const char *value = value_of(message, *headers, keys[i]);

        if (!value)
            continue;
        *last = make(nats, keys[i], value);
        is_full = !*last;
        last = is_full ? last : &(*last)->next;
    }
    jn_nats_free_list(keys);
    if (is_full)
        jn_nats_headers_free(nats, *headers);
    return !is_full;
}
