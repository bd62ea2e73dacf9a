/* server_process.h - servers of a test's own: child processes on free ports of this
 * machine, which end with the test. */
#ifndef SERVER_PROCESS_H
#define SERVER_PROCESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* End the program with exit code 77, which ctest calls skipped, and say what is missing:
 * "RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)". With CI=true
 * that is a failure. */
_Noreturn void server_skip(const char *what);

/* End the program with a failure, and say what errno means. */
_Noreturn void server_give_up(const char *what);

/* At most 8 ports that nobody has. They are held until all are drawn, so that they
 * differ. */
void server_draw_ports(int *ports, size_t count);

/* 127.0.0.1, and that port. */
struct sockaddr_in server_address(int port);

/* Start a child that ends with this program. What it prints goes to the end of the file
 * `output`, and it reads `input`; `prepare` (may be NULL) is called in the child before
 * its program begins, and may set its environment. `words` end with NULL. */
pid_t server_start(const char *const *words,
                   const char *input,
                   const char *output,
                   void (*prepare)(void *context),
                   void *context);

/* Wait until somebody listens on that port. False if the child has ended (then `*child`
 * is 0) or needs more than two minutes. */
bool server_wait(pid_t *child, int port);

/* Send that signal, and wait for the end. 0 is no child, and is left alone. */
void server_end(pid_t *child, int number);

/* SIGSTOP, and wait until the child has stopped. SIGCONT goes by kill(). */
void server_freeze(pid_t child);

int64_t server_now_ms(void);

#endif
