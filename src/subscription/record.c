/* record.c - a record is copied in one piece: one request for memory, not one for each of
 * its texts. */
#include "subscription/record.h"

#include <string.h>

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

size_t jn_record_size(const struct jangle_record *record)
{
    return text_size(record->kind) + text_size(record->id) + text_size(record->type) +
           text_size(record->meta) + (record->payload ? record->payload_size : 0);
}

/* Copies `size` bytes to `*room`, and moves it on. NULL stays NULL. */
static const void *put_bytes(char **room, const void *bytes, size_t size)
{
    char *to = *room;

    if (!bytes)
        return NULL;
    *room += size;
    return size ? memcpy(to, bytes, size) : to;
}

static const char *put_text(char **room, const char *text)
{
    return put_bytes(room, text, text_size(text));
}

void jn_record_copy(struct jangle_record *copy,
                    const struct jangle_record *record,
                    char *room)
{
    *copy = *record;
    copy->kind = put_text(&room, record->kind);
    copy->id = put_text(&room, record->id);
    copy->type = put_text(&room, record->type);
    copy->meta = put_text(&room, record->meta);
    copy->payload = put_bytes(&room, record->payload, record->payload_size);
}
