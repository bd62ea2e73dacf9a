/* split.c - the bank in two processes, with Kafka's mock between them. */
#include "brokers/split.h"
#include "brokers/kafka/mock.h"

/* The threads of the mock are those of the parent: it is reached by its address. */
static struct jangle_broker by_address(void)
{
    return jangle_kafka(mock_url(), NULL);
}

int main(void)
{
    struct split split = {.in_child = by_address};
    int failed;

    mock_start();
    split.broker = mock_broker(NULL);
    failed = split_try(&split);
    mock_stop();
    return failed;
}
