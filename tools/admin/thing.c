/* thing.c - how things are named on the command line. */
#include "admin/thing.h"

#include <stdlib.h>
#include <string.h>

bool jn_thing_number(const char *text, int64_t *number)
{
    *number = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || *number > (INT64_MAX - 9) / 10)
            return false;
        *number = *number * 10 + (*text - '0');
    }
    return true;
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool is_uuid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (strlen(text) != sizeof shape - 1)
        return false;
    for (size_t i = 0; shape[i]; i++)
        if (shape[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdefABCDEF", text[i]))
            return false;
    return true;
}

static char *copy_of(const char *text, size_t size)
{
    char *copy = malloc(size + 1);

    if (!copy)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

/* An id may have an @ of its own, so what stands before the last one is kept beside the
 * whole: whoever looks it up finds out which of the two there is. */
static bool read_stream(struct jn_thing *thing, const char *slash)
{
    const char *id = slash + 1;
    const char *at = strrchr(id, '@');

    thing->kind = JN_THING_STREAM;
    thing->stream_kind = copy_of(thing->text, (size_t)(slash - thing->text));
    thing->id = copy_of(id, strlen(id));
    if (!thing->stream_kind || !thing->id)
        return false;
    if (!at || at == id || !jn_thing_number(at + 1, &thing->version) || !thing->version) {
        thing->version = 0;
        return true;
    }
    thing->id_before = copy_of(id, (size_t)(at - id));
    return thing->id_before != NULL;
}

bool jn_thing_read(struct jn_thing *thing, const char *text)
{
    const char *slash = strchr(text, '/');

    *thing = (struct jn_thing){.kind = JN_THING_NAME, .text = text};
    if (jn_thing_number(text, &thing->position))
        thing->kind = JN_THING_POSITION;
    else if (is_uuid(text))
        thing->kind = JN_THING_UUID;
    else if (slash && slash != text && slash[1])
        return read_stream(thing, slash);
    return true;
}

void jn_thing_free(struct jn_thing *thing)
{
    free(thing->stream_kind);
    free(thing->id);
    free(thing->id_before);
    *thing = (struct jn_thing){0};
}
