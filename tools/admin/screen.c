/* screen.c - stdout: a terminal, with a pager if it is too small, or a pipe or a file.
 *
 * What is written is held back in memory and written between two pages of a verb's work,
 * so that nobody who reads slowly keeps a read transaction open. */
#include "admin/screen.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 80, HEIGHT = 24 };

static void measure(struct jn_screen *screen)
{
    struct winsize size = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    screen->width = size.ws_col ? size.ws_col : WIDTH;
    screen->height = size.ws_row ? size.ws_row : HEIGHT;
}

static bool wants_colors(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

void jn_screen_begin(struct jn_screen *screen)
{
    *screen = (struct jn_screen){.is_terminal = isatty(STDOUT_FILENO) == 1};
    if (!screen->is_terminal)
        return;
    measure(screen);
    screen->colors = wants_colors();
    screen->may_page = true;
}

void jn_screen_follow(struct jn_screen *screen)
{
    screen->may_page = false;
}

/* Lines as the terminal shows them would need their widths; tables are never wider, and
 * long texts are counted by their length. */
static bool fits(const struct jn_screen *screen)
{
    size_t lines = 0;
    size_t column = 0;

    for (size_t i = 0; i < screen->held.size && lines < screen->height; i++) {
        column++;
        if (screen->held.text[i] == '\n' || column > 2 * screen->width) {
            lines++;
            column = 0;
        }
    }
    return lines < screen->height;
}

static void start_pager(struct jn_screen *screen)
{
    const char *pager = getenv("PAGER");

    screen->may_page = false;
    if (!pager)
        pager = "less -FRX";
    if (!*pager || !strcmp(pager, "cat"))
        return;
    (void)fflush(stdout);
    screen->pager = popen(pager, "w");
}

static void note_error(struct jn_screen *screen, int error)
{
    if (error == EPIPE)
        screen->closed = true;
    else if (!screen->error)
        screen->error = error;
}

static void write_held(struct jn_screen *screen)
{
    const char *at = screen->held.text;
    size_t left = screen->held.size;
    int fd = screen->pager ? fileno(screen->pager) : STDOUT_FILENO;

    while (left && !screen->closed && !screen->error) {
        ssize_t written = write(fd, at, left);

        if (written >= 0) {
            at += written;
            left -= (size_t)written;
        } else if (errno != EINTR) {
            note_error(screen, errno);
        }
    }
    jn_bytes_clear(&screen->held);
}

static bool is_open(struct jn_screen *screen)
{
    if (screen->held.failed)
        note_error(screen, ENOMEM);
    return !screen->closed && !screen->error;
}

bool jn_screen_flush(struct jn_screen *screen)
{
    if (screen->may_page && fits(screen))
        return is_open(screen);
    if (screen->may_page)
        start_pager(screen);
    write_held(screen);
    return is_open(screen);
}

bool jn_screen_is_read(struct jn_screen *screen)
{
    struct pollfd output = {.fd = STDOUT_FILENO};

    if (screen->pager)
        output.fd = fileno(screen->pager);
    if (poll(&output, 1, 0) > 0 && output.revents & (POLLERR | POLLHUP))
        screen->closed = true;
    return !screen->closed;
}

bool jn_screen_end(struct jn_screen *screen)
{
    (void)jn_screen_flush(screen);
    write_held(screen);
    if (screen->pager) {
        (void)pclose(screen->pager);
        screen->closed = false; /* to leave a pager early is no failure */
        screen->pager = NULL;
    }
    is_open(screen);
    jn_bytes_free(&screen->held);
    return !screen->error;
}
