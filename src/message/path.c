/* path.c - where in a message something is, and what is wrong there. */
#include "message/path.h"

#include "base/error.h"
#include "base/utf8.h"

#include <jangle/plugin/support.h>

#include <stdarg.h>
#include <string.h>

/* From the type down: the chain begins with the innermost member. */
static void write_from(struct jn_sentence *text, const struct jn_path *path)
{
    if (path->up)
        write_from(text, path->up);
    if (!path->name)
        jn_sentence_add(text, "[%zu]", path->index);
    else /* the type's own name may be left out, and then there is no point after it */
        jn_sentence_add(text, "%s%s", text->used ? "." : "", path->name);
}

void jn_path_write(char text[JN_PATH_SIZE], const struct jn_path *path)
{
    struct jn_sentence sentence = jn_sentence_in(text, JN_PATH_SIZE);

    write_from(&sentence, path);
}

enum jangle_result jn_path_fail(const struct jn_path *path,
                                struct jangle_error *error,
                                const char *format,
                                ...)
{
    char where[JN_PATH_SIZE];
    char reason[sizeof error->message];
    struct jn_sentence sentence = jn_sentence_in(reason, sizeof reason);
    va_list values;

    va_start(values, format);
    jn_sentence_add_values(&sentence, format, values);
    va_end(values);
    jn_path_write(where, path);
    return jn_fail(error, JANGLE_INVALID, "%s: %s", where, reason);
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
