/* view_moved.c - a view's files are moved, removed or replaced while they are open: it is
 * neither written nor asked any more, for the next program would not see the same. */
#include "sqlite/views/view_moved.h"

#include "sqlite/file/files.h"
#include "sqlite/file/group.h"

static enum jangle_result
lose(struct jn_view_file *file, const char *path, struct jangle_error *error)
{
    if (path)
        atomic_store(&file->lost, path);
    return jn_view_refuse_lost(file, error);
}

enum jangle_result jn_view_refuse_lost(struct jn_view_file *file,
                                       struct jangle_error *error)
{
    const char *path = atomic_load(&file->lost);

    if (!path)
        return JANGLE_OK;
    return jn_fail(
        error, JANGLE_STORAGE,
        "%s: was moved, removed or replaced while it was open: start again, and "
        "the view goes on in the file that is there then, or is built anew",
        jn_files_shown(path));
}

enum jangle_result
jn_view_note_group(struct jn_view_file *file, int count, struct jangle_error *error)
{
    if (file->alone)
        return JANGLE_OK;
    file->noted = count;
    return lose(file, jn_group_note(&file->group, count), error);
}

static enum jangle_result
check(struct jn_view_file *file, int count, struct jangle_error *error)
{
    if (atomic_load(&file->lost))
        return jn_view_refuse_lost(file, error);
    return lose(file, jn_group_find_lost(&file->group, count), error);
}

enum jangle_result jn_view_check_group(struct jn_view_file *file,
                                       struct jangle_error *error)
{
    return check(file, file->noted, error);
}

enum jangle_result jn_view_check_path(struct jn_view_file *file,
                                      struct jangle_error *error)
{
    return check(file, file->noted ? 1 : 0, error);
}
