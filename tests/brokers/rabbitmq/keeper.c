/* keeper.c - starts the RabbitMQ that the tests of one ctest run share, and ends it.
 *
 *     rabbitmq_keeper start FILE    start a process that keeps it, and wait until it
 * answers rabbitmq_keeper stop FILE     end both
 *
 * The keeper ends by itself, too, when the process has ended that called `start`: that is
 * ctest, which may be killed. So nothing is left running. */
#include "brokers/rabbitmq/shared.h"
#include "brokers/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 20, KEEPER_LOOKS_MS = 500, END_MS = 60000 };

static volatile sig_atomic_t told_to_stop;

static void note_signal(int number)
{
    (void)number;
    told_to_stop = 1;
}

/* ctest waits for the end of the output, too. */
static void leave_the_group(void)
{
    int nowhere = open("/dev/null", O_RDWR);

    setsid();
    if (nowhere < 0 || dup2(nowhere, 0) < 0 || dup2(nowhere, 1) < 0 ||
        dup2(nowhere, 2) < 0)
        exit(1);
}

static int keep(const char *file, pid_t caller)
{
    struct sigaction action = {.sa_handler = note_signal};
    struct rabbitmq_server *server;

    leave_the_group();
    sigaction(SIGTERM, &action, NULL);
    server = rabbitmq_server_start();
    if (!rabbitmq_shared_offer(server, file)) {
        rabbitmq_server_stop(server);
        return 1;
    }
    while (!told_to_stop && kill(caller, 0) == 0)
        poll(NULL, 0, KEEPER_LOOKS_MS);
    rabbitmq_shared_withdraw(file);
    rabbitmq_server_stop(server);
    return 0;
}

static int start(const char *file)
{
    pid_t caller = getppid();
    pid_t keeper;

    rabbitmq_shared_withdraw(file);
    if (!rabbitmq_server_is_installed())
        return 0; /* each test that needs it says so */
    keeper = fork();
    if (keeper < 0)
        server_give_up("no process");
    if (keeper == 0)
        exit(keep(file, caller));
    while (rabbitmq_shared_keeper(file) != keeper) {
        if (waitpid(keeper, NULL, WNOHANG) != 0) {
            fprintf(stderr, "the RabbitMQ that tests share does not start\n");
            return 1;
        }
        poll(NULL, 0, LOOK_MS);
    }
    return 0;
}

static int stop(const char *file)
{
    pid_t keeper = rabbitmq_shared_keeper(file);
    int64_t until_ms = server_now_ms() + END_MS;

    if (keeper == 0 || kill(keeper, SIGTERM))
        return 0;
    while (kill(keeper, 0) == 0) {
        if (server_now_ms() > until_ms) {
            fprintf(stderr, "the process %d keeps RabbitMQ, and does not end\n",
                    (int)keeper);
            return 1;
        }
        poll(NULL, 0, LOOK_MS);
    }
    return 0;
}

int main(int count, char **words)
{
    if (count == 3 && strcmp(words[1], "start") == 0)
        return start(words[2]);
    if (count == 3 && strcmp(words[1], "stop") == 0)
        return stop(words[2]);
    fprintf(stderr, "usage: rabbitmq_keeper start|stop FILE\n");
    return 2;
}
