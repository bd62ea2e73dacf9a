/* temp_directory.c - a fresh directory for a test's files, gone when it is done. */
#include "support/temp_directory.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *parent(void)
{
    const char *named = getenv("TMPDIR");

    if (named && *named)
        return named;
    return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

bool temp_directory_make(char directory[TEMP_PATH_SIZE])
{
    int length = snprintf(directory, TEMP_PATH_SIZE, "%s/jangle-XXXXXX", parent());

    return length > 0 && length < TEMP_PATH_SIZE && mkdtemp(directory) != NULL;
}

void temp_directory_path(char path[TEMP_PATH_SIZE],
                         const char *directory,
                         const char *name)
{
    int length = snprintf(path, TEMP_PATH_SIZE, "%s/%s", directory, name);

    assert(length > 0 && length < TEMP_PATH_SIZE);
    (void)length;
}

static void remove_entry(const char *path)
{
    struct stat status;

    if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
        temp_directory_remove(path);
    else
        unlink(path);
}

void temp_directory_remove(const char *directory)
{
    DIR *entries = opendir(directory);
    const struct dirent *entry;
    char path[TEMP_PATH_SIZE];

    while (entries && (entry = readdir(entries))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        temp_directory_path(path, directory, entry->d_name);
        remove_entry(path);
    }
    if (entries)
        closedir(entries);
    rmdir(directory);
}
