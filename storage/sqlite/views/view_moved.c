/* view_moved.c - notice that a view's files were moved, removed or replaced while they
 * were open. view_moved.h says what follows. */
#include "sqlite/views/view_moved.h"

#include "sqlite/file/files.h"
#include "sqlite/file/group.h"

/* Remember for good that `path` is lost, if it is not NULL, and return what follows. */
static enum jangle_result
set_view_lost(struct jn_view_file *file, const char *path, struct jangle_error *error)
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
        "the view continues in the file that is there then, or is built again",
        jn_files_shown(path));
}

enum jangle_result
jn_view_note_group(struct jn_view_file *file, int count, struct jangle_error *error)
{
    if (file->in_memory)
        return JANGLE_OK;
    file->noted = count;
    return set_view_lost(file, jn_group_note(&file->group, count), error);
}

static enum jangle_result
check_members(struct jn_view_file *file, int count, struct jangle_error *error)
{
    if (atomic_load(&file->lost))
        return jn_view_refuse_lost(file, error);
    return set_view_lost(file, jn_group_find_lost(&file->group, count), error);
}

enum jangle_result jn_view_check_group(struct jn_view_file *file,
                                       struct jangle_error *error)
{
    return check_members(file, file->noted, error);
}

enum jangle_result jn_view_check_path(struct jn_view_file *file,
                                      struct jangle_error *error)
{
    return check_members(file, file->noted ? 1 : 0, error);
}
