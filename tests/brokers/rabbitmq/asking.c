/* asking.c - what a RabbitMQ is asked in its own language, Erlang. */
#include "brokers/rabbitmq/server.h"
#include "support/temp_directory.h"

#include <stdio.h>
#include <stdlib.h>

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    if (file && getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}

char *rabbitmq_server_ask(struct rabbitmq_server *server, const char *expression)
{
    char path[TEMP_PATH_SIZE];
    char *question = NULL;
    char *answer = NULL;
    size_t size = 0;
    FILE *text = open_memstream(&question, &size);

    temp_directory_path(path, rabbitmq_server_directory(server), "asked");
    if (!text)
        return NULL;
    fprintf(text, "ok = file:write_file(\"%s\", %s).\n", path, expression);
    fclose(text);
    if (rabbitmq_server_evaluate(server, question))
        answer = read_file(path);
    free(question);
    return answer;
}

bool rabbitmq_server_write_down(struct rabbitmq_server *server)
{
    return rabbitmq_server_evaluate(
        server,
        "[ok = dets:sync(T) || T <- dets:all()], "
        "(fun Wait() -> Rests = fun(Q) -> "
        "process_info(amqqueue:get_pid(Q), current_function) =:= "
        "{current_function, {erlang, hibernate, 3}} end, "
        "case [Q || Q <- rabbit_amqqueue:list(), "
        "amqqueue:get_type(Q) =:= rabbit_classic_queue, not Rests(Q)] of "
        "[] -> ok; _ -> timer:sleep(20), Wait() end end)().\n");
}
