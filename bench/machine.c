/* machine.c - what the figures of this benchmark depend on, beside the code. */
#define _DEFAULT_SOURCE /* statfs */
#define _GNU_SOURCE     /* environ */
#include "machine.h"
#include "bench.h"
#include "noise.h"

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

int64_t machine_written(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    long long bytes = 0;
    char line[128];

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "wchar: %lld", &bytes) == 1)
            break;
    if (file)
        fclose(file);
    return bytes;
}

/* User, nice, system, idle, waiting for a disk, two kinds of interrupts, stolen. */
struct machine_time machine_time(void)
{
    enum { TICKS = 8 };
    FILE *file = fopen("/proc/stat", "r");
    double ticks[TICKS] = {0};
    struct machine_time time = {0};
    int read =
        file ? fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &ticks[0], &ticks[1],
                      &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7])
             : 0;

    for (int i = 0; i < read; i++)
        time.all += ticks[i];
    time.stolen = ticks[TICKS - 1];
    if (file)
        fclose(file);
    return time;
}

double machine_stolen(const struct machine_time *before)
{
    struct machine_time now = machine_time();
    double all = now.all - before->all;

    return all > 0 ? (now.stolen - before->stolen) / all : 0;
}

const char *machine_build(void)
{
    return BENCH_BUILD_TYPE;
}

/* Each is a setting, or nothing that the rows look at. */
static void print_settings(void)
{
    for (char **variable = environ; *variable; variable++)
        if (!strncmp(*variable, "JANGLE_", 7))
            printf("not the default settings: %s\n", *variable);
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
    printf("4 KiB are overwritten and synced %.0f times a second\n",
           noise_probe(directory));
    print_settings();
    if (!strcmp(machine_build(), "Debug"))
        printf("This is a Debug build, which checks much that no user's program does.\n");
}
