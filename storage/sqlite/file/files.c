/* files.c - where a database may be, and how its file is made. */
#define _GNU_SOURCE /* realpath, renameat2 */
#include "sqlite/file/files.h"
#include "sqlite/file/database.h"
#include "sqlite/file/group.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* File systems whose locks or shared memory do not work between machines, by the numbers
 * that statfs(2) gives them. FUSE is not among them, because what is behind it cannot be
 * seen, and much of it is local. */
static const struct {
    uint32_t type;
    const char *name;
} networks[] = {
    {0x6969, "NFS"},       {0x517b, "SMB"},        {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB"},   {0x01021997, "9P"},     {0x5346414f, "AFS"},
    {0x6b414653, "AFS"},   {0x73757245, "Coda"},   {0x564c, "NCP"},
    {0x00c36400, "Ceph"},  {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},
    {0x7461636f, "OCFS2"}, {0x01161970, "GFS2"},   {0x19830326, "BeeGFS"},
    {0xaad7aaea, "PanFS"}, {0x786f4256, "vboxsf"}, {0xbacbacbc, "VMHGFS"},
};

const char *jn_files_network(uint32_t type)
{
    for (size_t at = 0; at < sizeof networks / sizeof networks[0]; at++)
        if (networks[at].type == type)
            return networks[at].name;
    return NULL;
}

/* The sentence of errno. */
static enum jangle_result path_failed(const char *path, struct jangle_error *error)
{
    int number = errno;

    return jn_fail(error, number == ENOMEM ? JANGLE_NO_MEMORY : JANGLE_STORAGE, "%s: %s",
                   jn_files_shown(path), strerror(number));
}

/* ---- where ------------------------------------------------------------------- */

/* A network is refused and not only warned of: a lost lock would damage the store. */
static enum jangle_result
check_network(const char *path, const char *folder, struct jangle_error *error)
{
    struct statfs system;
    const char *name;

    if (statfs(folder, &system) != 0)
        return path_failed(path, error);
    name = jn_files_network((uint32_t)system.f_type);
    if (name)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: is on a network file system (%s), where locks and shared "
                       "memory cannot be trusted: put it on a disk of this machine",
                       jn_files_shown(path), name);
    return JANGLE_OK;
}

static enum jangle_result
check_file(const char *path, const char *full_path, struct jangle_error *error)
{
    struct stat status;
    const char *wrong;

    if (lstat(full_path, &status) != 0)
        return errno == ENOENT ? JANGLE_OK : path_failed(path, error);
    wrong = jn_group_fault(&status);
    if (wrong)
        return jn_fail(error, JANGLE_INVALID, "%s: %s", jn_files_shown(path), wrong);
    return JANGLE_OK;
}

enum jangle_result
jn_files_check_writable(const char *path, const char *shown, struct jangle_error *error)
{
    int number = faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 ? 0 : errno;

    if (number != EACCES && number != EROFS && number != EPERM)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_STORAGE,
                   "%s: it cannot be written: %s: look at its owner and mode, and those "
                   "of its folder",
                   jn_files_shown(shown), strerror(number));
}

/* Split "a/b.db" into the real path of "a" and "b.db". */
static enum jangle_result resolve_folder(const char *path,
                                         char folder[PATH_MAX],
                                         const char **name,
                                         struct jangle_error *error)
{
    const char *slash = strrchr(path, '/');
    char given[PATH_MAX];
    int length;

    *name = slash ? slash + 1 : path;
    length = slash ? snprintf(given, sizeof given, "%.*s/", (int)(slash - path), path)
                   : snprintf(given, sizeof given, ".");
    if (length >= (int)sizeof given)
        return jn_fail(error, JANGLE_INVALID, "%s: is too long a path",
                       jn_files_shown(path));
    if (**name == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
        return jn_fail(error, JANGLE_INVALID, "\"%s\": names no file",
                       jn_files_shown(path));
    if (realpath(given, folder))
        return JANGLE_OK;
    if (errno == ENOENT || errno == ENOTDIR)
        return jn_fail(error, JANGLE_STORAGE,
                       "%s: there is no directory %s: make it first",
                       jn_files_shown(path), jn_files_shown(given));
    return path_failed(path, error);
}

enum jangle_result jn_files_locate(const struct jangle_allocator *allocator,
                                   const char *path,
                                   char **full_path,
                                   struct jangle_error *error)
{
    char folder[PATH_MAX];
    const char *name;
    enum jangle_result result;
    size_t size;

    *full_path = NULL;
    if (!path || strcmp(path, ":memory:") == 0)
        return jn_fail(
            error, JANGLE_INVALID,
            "%s: is no path of a file: for a store in memory, use jangle_memory()",
            path ? path : "NULL");
    result = resolve_folder(path, folder, &name, error);
    if (!result)
        result = check_network(path, folder, error);
    if (result)
        return result;

    size = strlen(folder) + strlen(name) + 2;
    *full_path = jn_resize(allocator, NULL, size);
    if (!*full_path)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", path);
    snprintf(*full_path, size, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name);
    result = check_file(path, *full_path, error);
    if (result) {
        jn_free(allocator, *full_path);
        *full_path = NULL;
    }
    return result;
}

/* ---- making ------------------------------------------------------------------ */

/* Make a new name in a folder durable. */
static int sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int file;
    int failed;

    snprintf(folder, sizeof folder, "%.*s/", slash ? (int)(slash - path) : 0, path);
    file = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return -1;
    failed = fsync(file);
    if (close(file) != 0)
        failed = -1;
    return failed;
}

enum jangle_result jn_files_make_temporary(const struct jangle_host *host,
                                           const char *path,
                                           char **temporary,
                                           struct jangle_error *error)
{
    size_t size = strlen(path) + sizeof ".new-0123456789abcdef";
    uint64_t random;
    int file;

    *temporary = jn_resize(&host->allocator, NULL, size);
    if (!*temporary)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", path);
    do {
        host->random.fill(host->random.context, &random, sizeof random);
        snprintf(*temporary, size, "%s.new-%016" PRIx64, path, random);
        file =
            open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    } while (file < 0 && errno == EEXIST);
    if (file >= 0 && close(file) == 0)
        return JANGLE_OK;
    path_failed(path, error);
    jn_free(&host->allocator, *temporary);
    *temporary = NULL;
    return JANGLE_STORAGE;
}

/* Give a file its name, but never replace a file. This is one call where the file system
 * can do it. With two, the file has two names in between, and after a crash there it is
 * refused. */
static int give_name(const char *temporary, const char *path)
{
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    return link(temporary, path) == 0 ? unlink(temporary) : -1;
}

static enum jangle_result
name_file(const char *temporary, const char *path, struct jangle_error *error)
{
    bool has_log;
    enum jangle_result result = jn_group_check(path, &has_log, error);

    if (result || give_name(temporary, path) == 0)
        return result;
    if (errno == EEXIST)
        return jn_fail(error, JANGLE_INVALID, "%s: is there already",
                       jn_files_shown(path));
    return path_failed(path, error);
}

enum jangle_result
jn_files_publish(const char *temporary, const char *path, struct jangle_error *error)
{
    enum jangle_result result;

    JN_FAILPOINT("files.made");
    result = name_file(temporary, path, error);
    if (result)
        unlink(temporary);
    JN_FAILPOINT("files.named");
    if (!result && sync_folder(path) != 0)
        result = path_failed(path, error);
    return result;
}

enum jangle_result jn_files_make(const struct jangle_host *host,
                                 const char *path,
                                 struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct stat status;
    char *temporary;
    bool has_log;
    enum jangle_result result = jn_group_check(path, &has_log, error);

    if (result || lstat(path, &status) == 0)
        return result;
    result = jn_files_make_temporary(host, path, &temporary, error);
    if (result)
        return result;
    /* The file is made under another name and never opened by its own, because closing it
     * would drop the locks of a second store of this process that was faster. */
    result = jn_files_publish(temporary, path, &why);
    jn_free(&host->allocator, temporary);
    if (result == JANGLE_INVALID && lstat(path, &status) == 0)
        return check_file(path, path, error); /* another was faster */
    return result ? jn_fail(error, result, "%s", why.message) : JANGLE_OK;
}
