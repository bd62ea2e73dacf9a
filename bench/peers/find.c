/* find.c - where a peer's programs are, and which version they have. */
#include "peers/find.h"
#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool find_in(const char *folders, const char *name, char path[PATH_MAX])
{
    while (folders && *folders) {
        int length = (int)strcspn(folders, ":");

        if (snprintf(path, PATH_MAX, "%.*s/%s", length, folders, name) < PATH_MAX &&
            !access(path, X_OK))
            return true;
        folders += length;
        folders += *folders == ':';
    }
    return false;
}

void find_version(const char *program, const char *before, char *version, size_t size)
{
    const char *const words[] = {program, "--version"};
    char text[512];
    const char *at = child_run(words, 2, text, sizeof text) ? NULL : strstr(text, before);

    at = at ? at + strlen(before) : "unknown";
    snprintf(version, size, "%.*s", (int)strcspn(at, " )\n"), at);
}
