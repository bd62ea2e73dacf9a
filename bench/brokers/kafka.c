/* kafka.c - librdkafka's mock cluster, in a process of its own: so its work does not
 * count as that of the round. It keeps all in memory, and is a new one in each round. */
#include "brokers/kafka.h"
#include "bench.h"
#include "brokers/kafka/mock.h"
#include "rows/messages.h"
#include "server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ, WRITE, FILES = 256 };

static char url[JANGLE_KAFKA_URL_SIZE];
static pid_t process;
static int until[2] = {-1, -1}; /* nothing is written: its end is that of the mock */

/* The mock's answers are small, and would wait for those before to be acknowledged, which
 * takes 40 ms whenever a client has sent all it has. A broker does not wait. Connections
 * get this from the socket that accepts them. */
static void answer_at_once(void)
{
    for (int file = 0; file < FILES; file++) {
        int listens = 0, yes = 1;
        socklen_t size = sizeof listens;

        if (!getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) && listens &&
            setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes))
            _exit(1);
    }
}

/* It ends when the process that has started it does. */
static _Noreturn void be_mock(int said)
{
    char byte;

    close(until[WRITE]);
    unsetenv("JANGLE_KAFKA_BOOTSTRAP");
    mock_start();
    alarm(0);
    answer_at_once();
    if (rd_kafka_mock_topic_create(mock_cluster(), MESSAGES_NAME, KAFKA_PARTITIONS, 1))
        _exit(1);
    if (write(said, mock_url(), strlen(mock_url())) < 0)
        _exit(1);
    close(said);
    while (read(until[READ], &byte, 1) < 0 && errno == EINTR)
        ;
    _exit(0);
}

static void read_url(int from)
{
    size_t length = 0;
    ssize_t got;

    while ((got = read(from, url + length, sizeof url - 1 - length)) > 0)
        length += (size_t)got;
    url[length] = '\0';
    if (!length)
        bench_die("Kafka", "its mock was not started");
}

static const char *start(void)
{
    int said[2];

    fflush(NULL);
    if (pipe(said) || pipe(until) || (process = fork()) < 0)
        bench_die("Kafka", strerror(errno));
    if (!process)
        be_mock(said[WRITE]);
    close(said[WRITE]);
    close(until[READ]);
    read_url(said[READ]);
    close(said[READ]);
    mock_join(url);
    alarm(0);
    return url;
}

static void stop(void)
{
    mock_stop();
    close(until[WRITE]);
    waitpid(process, NULL, 0);
}

const struct server server_kafka = {
    .variable = "JANGLE_BENCH_KAFKA", .start = start, .stop = stop, .each_round = true};
