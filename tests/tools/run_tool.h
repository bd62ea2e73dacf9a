/* run_tool.h - run the program `jangle`, in a pipe or in a terminal of a given size. */
#ifndef RUN_TOOL_H
#define RUN_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { TOOL_WORDS_MAX = 24, TOOL_VARIABLES_MAX = 4 };

struct tool {
    const char *program;                       /* NULL: `jangle` */
    const char *words[TOOL_WORDS_MAX];         /* behind `jangle` */
    int columns;                               /* of a terminal; 0: a pipe */
    int lines;                                 /* of the terminal; 0: a thousand */
    const char *variables[TOOL_VARIABLES_MAX]; /* "NO_COLOR=1"; beside PAGER=cat,
                                                  TERM=xterm and TZ=UTC */
    const char *directory;                     /* where it runs; NULL: here */
    const char *output_path; /* where stdout goes instead, for example /dev/full */
};

struct tool_result {
    int status; /* 128 and the signal, if one has ended it */
    char *output;
    size_t output_size;
    char *errors;
    size_t errors_size;
};

/* Run it to its end. What it printed ends with a zero; free it with tool_free. */
void tool_run(const struct tool *tool, struct tool_result *result);
void tool_free(struct tool_result *result);

/* Start it, and read its stdout from `fd`; stderr is that of the test. */
pid_t tool_start(const struct tool *tool, int *fd);

/* Wait for its end: its status, as above. */
int tool_wait(pid_t pid);

#endif
