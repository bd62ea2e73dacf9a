/* view_locate.c - find the full path of a view's file. */
#include "sqlite/views/view_locate.h"

#include "sqlite/file/files.h"
#include "sqlite/file/group.h"

/* Set the path from the root. INVALID if it is the path of the store. */
static enum jangle_result
locate(struct jn_view_file *file, const char *path, struct jangle_error *error)
{
    const struct jn_view_store *store = file->store;
    const struct jangle_allocator *allocator = &store->host->allocator;
    enum jangle_result result = jn_files_locate(allocator, path, &file->path, error);
    char *stores;

    if (result || !store->path || jn_files_locate(allocator, store->path, &stores, NULL))
        return result;
    if (strcmp(file->path, stores) == 0)
        result = jn_fail(error, JANGLE_INVALID,
                         "%s: is the store itself: the view %s needs another file",
                         jn_files_shown(file->path), JN_SHOWN(60, file->name));
    jn_free(allocator, stores);
    return result;
}

enum jangle_result
jn_view_locate(struct jn_view_file *file, const char *path, struct jangle_error *error)
{
    const struct jangle_allocator *allocator = &file->store->host->allocator;
    enum jangle_result result;

    file->alone = !*path || strcmp(path, ":memory:") == 0;
    if (!file->alone) {
        result = locate(file, path, error);
        if (result || !jn_group_init(&file->group, file->path, allocator))
            return result;
    } else {
        file->path = jn_copy_text(allocator, path);
        if (file->path)
            return JANGLE_OK;
    }
    return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", file->name);
}
