/* machine.c - what the figures of this benchmark depend on, beside the code. */
#define _DEFAULT_SOURCE /* statfs */
#include "machine.h"
#include "bench.h"

#include <errno.h>
#include <jangle/jangle.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

const char *machine_file_system(const char *directory)
{
    static const struct {
        unsigned long magic;
        const char *name;
    } known[] = {
        {0xef53, "ext4"},        {0x58465342, "xfs"},
        {0x9123683e, "btrfs"},   {0x2fc12fc1, "zfs"},
        {0x794c7630, "overlay"}, {0x01021994, "tmpfs: in memory, a sync costs nothing"}};
    struct statfs about;

    if (statfs(directory, &about))
        bench_die(directory, strerror(errno));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if ((unsigned long)about.f_type == known[i].magic)
            return known[i].name;
    return "a file system unknown to this program";
}

void machine_processor(char text[PROCESSOR_SIZE])
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];

    snprintf(text, PROCESSOR_SIZE, "unknown processor");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "model name : %127[^\n]", text) == 1)
            break;
    if (file)
        fclose(file);
}

const char *machine_build(void)
{
    return BENCH_BUILD_TYPE;
}

void machine_print(const char *directory)
{
    char processor[PROCESSOR_SIZE];
    struct utsname machine;

    if (uname(&machine) < 0)
        bench_die("uname", strerror(errno));
    machine_processor(processor);
    printf("jangle %s (%s), SQLite %s\n", jangle_version(), machine_build(),
           sqlite3_libversion());
    printf("%s, %ld of them; %s %s; %s\n", processor, sysconf(_SC_NPROCESSORS_ONLN),
           machine.sysname, machine.release, machine_file_system(directory));
    if (!strcmp(machine_build(), "Debug"))
        printf("This is a Debug build, which checks much that no user's program does.\n");
}
