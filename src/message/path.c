/* path.c - where in a message something is, and what is wrong there. */
#include "message/path.h"

#include "base/error.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Returns how much is written, or would be. */
static size_t write_from(char *text, size_t size, const struct jn_path *path)
{
    size_t used = path->up ? write_from(text, size, path->up) : 0;
    size_t left = used < size ? size - used : 0;
    char *end = text + (size - left);

    if (!path->name)
        return used + (size_t)snprintf(end, left, "[%zu]", path->index);
    /* the type's own name may be left out, and then there is no point after it */
    return used + (size_t)snprintf(end, left, "%s%s", used ? "." : "", path->name);
}

void jn_path_write(char text[JN_PATH_SIZE], const struct jn_path *path)
{
    if (write_from(text, JN_PATH_SIZE, path) >= JN_PATH_SIZE)
        jn_error_shorten(text, JN_PATH_SIZE);
}

enum jangle_result jn_path_fail(const struct jn_path *path,
                                struct jangle_error *error,
                                const char *format,
                                ...)
{
    char place[JN_PATH_SIZE];
    char reason[sizeof error->message];
    va_list values;

    va_start(values, format);
    vsnprintf(reason, sizeof reason, format, values);
    va_end(values);
    jn_path_write(place, path);
    return jn_fail(error, JANGLE_INVALID, "%s: %s", place, reason);
}

enum jangle_result jn_path_check_text(const struct jn_path *path,
                                      const char *text,
                                      struct jangle_error *error)
{
    size_t size, valid;

    if (!text)
        return jn_path_fail(path, error, "is NULL");
    size = strlen(text);
    valid = jn_utf8_valid_size(text, size);
    if (valid < size)
        return jn_path_fail(path, error, "is not UTF-8 at byte %zu", valid);
    return JANGLE_OK;
}
