/* media.c - what a content type says. */
#include "common/media.h"

#include "common/letters.h"

#include <stddef.h>
#include <string.h>

/* The length of the type without parameters and space. `*type` moves past space. */
static size_t type_size(const char **type)
{
    size_t size;

    if (!*type)
        *type = "";
    *type += strspn(*type, " \t");
    size = strcspn(*type, "; \t");
    return size;
}

bool jn_media_is(const char *content_type, const char *type)
{
    size_t size = type_size(&content_type);

    return size == strlen(type) && jn_letters_start(content_type, type);
}

bool jn_media_starts(const char *content_type, const char *start)
{
    size_t size = type_size(&content_type);

    return size >= strlen(start) && jn_letters_start(content_type, start);
}

static bool ends_with(const char *content_type, const char *end)
{
    size_t size = type_size(&content_type), length = strlen(end);

    return size >= length && jn_letters_start(content_type + size - length, end);
}

bool jn_media_is_missing(const char *content_type)
{
    return type_size(&content_type) == 0;
}

bool jn_media_is_json(const char *content_type)
{
    return jn_media_is(content_type, "application/json") ||
           jn_media_is(content_type, "text/json") || ends_with(content_type, "+json");
}

bool jn_media_is_text(const char *content_type)
{
    return !jn_media_is_json(content_type) &&
           (jn_media_starts(content_type, "text/") ||
            jn_media_is(content_type, "application/xml") ||
            ends_with(content_type, "+xml"));
}

bool jn_media_is_open(const char *content_type)
{
    static const char *const open[] = {"", "application/json", "text/json", "text/plain",
                                       "application/octet-stream"};

    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (jn_media_is(content_type, open[i]))
            return true;
    return false;
}
