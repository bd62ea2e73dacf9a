/* tls.c - TLS to a RabbitMQ that really speaks it: a certificate of another host
 * or of somebody unknown is refused with a sentence, and a client's certificate is a
 * login. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/relay.h"
#include "support/temp_directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECT_MS = 3000, URL_SIZE = 160, PARCELS = 300 };

static struct rabbitmq_server *server;
static char certificates[TEMP_PATH_SIZE];

/* Our files, as the options name them. */
static char ca[TEMP_PATH_SIZE], other_ca[TEMP_PATH_SIZE];
static char client[TEMP_PATH_SIZE], client_key[TEMP_PATH_SIZE];
static char unknown[TEMP_PATH_SIZE], unknown_key[TEMP_PATH_SIZE];

/* ---- certificates ---------------------------------------------------------------- */

/* Two authorities, each signs a client; the server is called localhost. */
static const char make_certificates[] =
    "cd \"$0\" && new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
    "authority() { openssl req -x509 $new -days 2 -subj \"/CN=$1\" -keyout $1.key "
    "-out $1.pem; }\n"
    "sign() { openssl req $new -subj \"/CN=$2\" -keyout $1.key -out $1.csr && "
    "echo \"subjectAltName=DNS:$2\" >$1.ext && openssl x509 -req -in $1.csr -CA $3.pem "
    "-CAkey $3.key -CAcreateserial -days 2 -extfile $1.ext -out $1.pem; }\n"
    "{ authority ca && authority other && sign server localhost ca && "
    "sign client bearer ca && sign unknown bearer other; } >log 2>&1";

static void skip_without_openssl(void)
{
    const char *ci = getenv("CI");

    if (access("/usr/bin/openssl", X_OK) == 0)
        return;
    printf("skipped: openssl is not installed (Debian: apt-get install openssl)\n");
    exit(ci && strcmp(ci, "true") == 0 ? 1 : 77);
}

static bool fill_directory(void)
{
    int status = 1;
    pid_t child = fork();

    if (child == 0) {
        execl("/bin/sh", "sh", "-c", make_certificates, certificates, (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void prepare_certificates(void)
{
    static const struct {
        char *path;
        const char *name;
    } files[] = {{ca, "ca.pem"},           {other_ca, "other.pem"},
                 {client, "client.pem"},   {client_key, "client.key"},
                 {unknown, "unknown.pem"}, {unknown_key, "unknown.key"}};

    if (!temp_directory_make(certificates) || !fill_directory()) {
        fprintf(stderr, "no certificates; see %s/log\n", certificates);
        exit(1);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        temp_directory_path(files[i].path, certificates, files[i].name);
}

/* ---- places ---------------------------------------------------------------------- */

static void write_url(char url[URL_SIZE], const char *scheme, const char *host, int port)
{
    snprintf(url, URL_SIZE, "%s://jangle:%s@%s:%d/tests", scheme,
             rabbitmq_server_password, host, port);
}

static void expect_reason(const char *url,
                          const struct jangle_rabbitmq_options *options,
                          const char *reason)
{
    struct jangle_transport *transport = line_open_url(url, options);
    struct jangle_error error = {0};

    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, &error),
                  JANGLE_BUSY);
    assert_result(error.result, JANGLE_BUSY);
    if (!strstr(error.message, reason))
        fail_msg("\"%s\" does not say \"%s\"", error.message, reason);
    assert_null(strstr(error.message, rabbitmq_server_password));
    line_close(transport);
}

/* ---- what works ------------------------------------------------------------------ */

/* Larger than a record of TLS, and many at once. */
static void a_queue_goes_by_tls(void **state)
{
    static char body[20000];
    struct jangle_rabbitmq_options options = {.ca_file = ca};
    struct jangle_transport *transport;
    char url[URL_SIZE];

    (void)state;
    memset(body, 'x', sizeof body - 1);
    write_url(url, "amqps", "localhost", rabbitmq_server_tls_port(server));
    transport = line_open_url(url, &options);
    line_attach(transport);
    for (int i = 0; i < PARCELS; i++)
        assert_result(line_publish(transport, "orders", body, LINE_WAIT_MS, NULL),
                      JANGLE_OK);
    for (int i = 0; i < PARCELS; i++) {
        struct jangle_parcel parcel = line_receive(transport);

        assert_int_equal(parcel.body_size, sizeof body - 1);
        assert_memory_equal(parcel.body, body, sizeof body - 1);
        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
    assert_int_equal(line_count(transport, line_queue.name), 0);
    line_close(transport);
}

/* SASL EXTERNAL: there is no user in the URL, and no password anywhere. */
static void a_clients_certificate_is_a_login(void **state)
{
    struct jangle_rabbitmq_options options = {
        .ca_file = ca, .cert_file = client, .key_file = client_key};
    struct jangle_transport *transport;
    struct jangle_error error = {0};
    char url[URL_SIZE];
    char *users;

    (void)state;
    line_add_user(server, "bearer", "^$", "^orders$", "^$");
    snprintf(url, sizeof url, "amqps://localhost:%d/tests",
             rabbitmq_server_tls_port(server));
    transport = line_open_url(url, &options);
    if (line_publish(transport, "orders", "one", LINE_WAIT_MS, &error))
        fail_msg("%s", error.message);
    users = rabbitmq_server_ask(
        server,
        "[[U, 10] || [{user, U}] <- rabbit_networking:connection_info_all("
        "[user])]");
    assert_non_null(users);
    assert_string_equal(users, "bearer\n");
    free(users);
    line_close(transport);
}

/* ---- what is refused ------------------------------------------------------------- */

static void a_certificate_of_another_host(void **state)
{
    const struct jangle_rabbitmq_options options = {.ca_file = ca,
                                                    .connect_ms = CONNECT_MS};
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqps", "127.0.0.1", rabbitmq_server_tls_port(server));
    expect_reason(url, &options, "its certificate is for another host");
}

static void a_certificate_that_nobody_we_know_has_signed(void **state)
{
    const struct jangle_rabbitmq_options options = {.ca_file = other_ca,
                                                    .connect_ms = CONNECT_MS};
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqps", "localhost", rabbitmq_server_tls_port(server));
    expect_reason(url, &options, "not signed by anybody whom `ca_file` names");
}

static void a_client_without_a_certificate_has_no_such_login(void **state)
{
    const struct jangle_rabbitmq_options options = {.ca_file = ca,
                                                    .connect_ms = CONNECT_MS};
    char url[URL_SIZE];

    (void)state;
    snprintf(url, sizeof url, "amqps://localhost:%d/tests",
             rabbitmq_server_tls_port(server));
    expect_reason(url, &options, "ACCESS_REFUSED");
}

static void a_certificate_that_the_broker_does_not_know(void **state)
{
    const struct jangle_rabbitmq_options options = {.ca_file = ca,
                                                    .cert_file = unknown,
                                                    .key_file = unknown_key,
                                                    .connect_ms = CONNECT_MS};
    char url[URL_SIZE];

    (void)state;
    snprintf(url, sizeof url, "amqps://localhost:%d/tests",
             rabbitmq_server_tls_port(server));
    expect_reason(url, &options, "does not accept the certificate `cert_file`");
}

static void files_that_are_not_there(void **state)
{
    const struct jangle_rabbitmq_options options[] = {
        {.ca_file = "/nowhere/ca.pem"},
        {.ca_file = ca, .cert_file = client, .key_file = "/nowhere/client.key"},
        {.ca_file = ca, .cert_file = client, .key_file = unknown_key}};
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqps", "localhost", rabbitmq_server_tls_port(server));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        expect_reason(url, &options[i], "cannot be read");
}

/* ---- a host that is wrong, and the next one -------------------------------------- */

static void expect_next_host(const char *first)
{
    char url[URL_SIZE];
    const char *const more[] = {url, NULL};
    const struct jangle_rabbitmq_options options = {
        .ca_file = ca, .connect_ms = CONNECT_MS, .urls = more};
    struct jangle_transport *transport;

    write_url(url, "amqps", "localhost", rabbitmq_server_tls_port(server));
    transport = line_open_url(first, &options);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    line_close(transport);
}

static void expect_wrong(const char *url, const char *reason)
{
    const struct jangle_rabbitmq_options options = {.ca_file = ca,
                                                    .connect_ms = CONNECT_MS};

    expect_reason(url, &options, reason);
    expect_next_host(url);
}

static void a_host_that_expects_tls(void **state)
{
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqp", "localhost", rabbitmq_server_tls_port(server));
    expect_wrong(url, "it expects TLS: write amqps://");
}

static void a_host_that_speaks_plain_amqp(void **state)
{
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqps", "localhost", rabbitmq_server_port(server));
    expect_wrong(url, "perhaps it speaks plain AMQP");
}

static void a_host_that_speaks_http(void **state)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    struct relay relay = relay_pretend(answer, sizeof answer - 1);
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqps", "127.0.0.1", relay.port);
    expect_wrong(url, "no TLS with it");
    relay_cut(&relay);
}

static void a_host_that_says_nothing(void **state)
{
    struct relay relay = relay_pretend("", 0);
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqps", "127.0.0.1", relay.port);
    expect_wrong(url, "did not answer in time");
    relay_cut(&relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_goes_by_tls),
        cmocka_unit_test(a_clients_certificate_is_a_login),
        cmocka_unit_test(a_certificate_of_another_host),
        cmocka_unit_test(a_certificate_that_nobody_we_know_has_signed),
        cmocka_unit_test(a_client_without_a_certificate_has_no_such_login),
        cmocka_unit_test(a_certificate_that_the_broker_does_not_know),
        cmocka_unit_test(files_that_are_not_there),
        cmocka_unit_test(a_host_that_expects_tls),
        cmocka_unit_test(a_host_that_speaks_plain_amqp),
        cmocka_unit_test(a_host_that_speaks_http),
        cmocka_unit_test(a_host_that_says_nothing)};
    int failed;

    skip_without_openssl();
    prepare_certificates();
    server = rabbitmq_server_start_tls(certificates);
    line_close(line_fresh(server));
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    temp_directory_remove(certificates);
    return failed;
}
