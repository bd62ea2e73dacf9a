/* view_files.c - the files of views, opened without the program that made them. */
#include "look/view_files.h"

#include "base/error.h"

/* A name with a '/' is that of no file beside the store. */
enum jangle_result jn_look_view(struct jangle_look *look,
                                const char *name,
                                const char *path,
                                struct jangle_view_file **file,
                                struct jangle_error *error)
{
    struct jangle_view_store *views = look->stores.views;
    const struct jangle_view_spec spec = {.name = name, .file = path};
    struct jangle_error why = {0};
    enum jangle_result result;

    *file = NULL;
    if (!views || (!path && strchr(name, '/')))
        return JANGLE_OK;
    result = views->ops->open(views, &spec, file, &why);
    if (result == JANGLE_BUSY) /* it is not there */
        return JANGLE_OK;
    return result ? jn_fail_as(error, &why) : JANGLE_OK;
}
