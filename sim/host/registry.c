#include "host/registry.h"

#include <glib.h>
#include <gmodule.h>
#include <string.h>

struct entry {
    const struct cs_protocol *protocol;
    char *origin; /* NULL: built in */
    bool replaced;
};

struct registry {
    GArray *entries; /* struct entry, in the order in which they came */
    GPtrArray *modules;
};

/* Why a table cannot be used, or NULL. */
static const char *fault_of(const struct cs_protocol *protocol)
{
    if (protocol->name == NULL || protocol->name[0] == '\0')
        return "a protocol has no name";
    if (protocol->api_version != CS_API_VERSION)
        return "a protocol was built for another version of clustersim/protocol.h";
    if (protocol->programs == NULL || protocol->programs[0].role == NULL)
        return "a protocol has no programs";
    for (const struct cs_program *p = protocol->programs; p->role != NULL; p++) {
        if (p->state_size == 0)
            return "a program has no state";
    }
    return NULL;
}

static void entry_clear(gpointer data)
{
    struct entry *entry = data;
    g_free(entry->origin);
}

static void add(struct registry *registry, const struct cs_protocol *protocol, const char *origin)
{
    for (guint i = 0; i < registry->entries->len; i++) {
        struct entry *entry = &g_array_index(registry->entries, struct entry, i);
        if (strcmp(entry->protocol->name, protocol->name) == 0) {
            g_free(entry->origin);
            *entry = (struct entry){ protocol, g_strdup(origin), true };
            return;
        }
    }
    struct entry entry = { protocol, g_strdup(origin), false };
    g_array_append_val(registry->entries, entry);
}

struct registry *registry_new(const struct cs_protocol *const *builtin)
{
    struct registry *registry = g_new0(struct registry, 1);
    registry->entries = g_array_new(FALSE, TRUE, sizeof(struct entry));
    g_array_set_clear_func(registry->entries, entry_clear);
    registry->modules = g_ptr_array_new();
    for (; *builtin != NULL; builtin++) {
        cs_assert(fault_of(*builtin) == NULL);
        add(registry, *builtin, NULL);
    }
    return registry;
}

void registry_free(struct registry *registry)
{
    if (registry == NULL)
        return;
    g_array_free(registry->entries, TRUE);
    for (guint i = 0; i < registry->modules->len; i++)
        g_module_close(g_ptr_array_index(registry->modules, i));
    g_ptr_array_free(registry->modules, TRUE);
    g_free(registry);
}

bool registry_load(struct registry *registry, const char *path, char **ret_error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        *ret_error = g_strdup_printf("plug-in \"%s\" does not exist", path);
        return false;
    }
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    GModule *module = g_module_open(full, G_MODULE_BIND_LOCAL);
    if (module == NULL) {
        *ret_error = g_strdup_printf("plug-in \"%s\" cannot be loaded: %s", path, g_module_error());
        return false;
    }
    gpointer symbol = NULL;
    if (!g_module_symbol(module, CS_PLUGIN_SYMBOL, &symbol) || symbol == NULL) {
        *ret_error =
            g_strdup_printf("plug-in \"%s\" does not export \"%s\"", path, CS_PLUGIN_SYMBOL);
        g_module_close(module);
        return false;
    }
    cs_plugin_function function;
    _Static_assert(sizeof function == sizeof symbol, "POSIX: a symbol is a function's address");
    memcpy(&function, &symbol, sizeof function);
    const struct cs_protocol *const *protocols = function();
    for (size_t i = 0; protocols[i] != NULL; i++) {
        const char *fault = fault_of(protocols[i]);
        if (fault != NULL) {
            *ret_error = g_strdup_printf("plug-in \"%s\" is unusable: %s", path, fault);
            g_module_close(module);
            return false;
        }
    }
    for (size_t i = 0; protocols[i] != NULL; i++)
        add(registry, protocols[i], path);
    g_ptr_array_add(registry->modules, module);
    return true;
}

const struct cs_program *registry_find(const struct registry *registry, const char *name,
                                       const struct cs_protocol **ret_protocol)
{
    for (guint i = 0; i < registry->entries->len; i++) {
        const struct cs_protocol *protocol =
            g_array_index(registry->entries, struct entry, i).protocol;
        size_t length = strlen(protocol->name);
        if (strncmp(name, protocol->name, length) != 0)
            continue;
        const char *role = name[length] == '\0' ? "server" : name + length + 1;
        if (name[length] != '\0' && name[length] != '-')
            continue;
        for (const struct cs_program *p = protocol->programs; p->role != NULL; p++) {
            if (strcmp(p->role, role) == 0) {
                *ret_protocol = protocol;
                return p;
            }
        }
    }
    return NULL;
}

size_t registry_count(const struct registry *registry) { return registry->entries->len; }

static const struct entry *entry_at(const struct registry *registry, size_t index)
{
    cs_assert(index < registry->entries->len);
    return &g_array_index(registry->entries, struct entry, index);
}

const struct cs_protocol *registry_at(const struct registry *registry, size_t index)
{
    return entry_at(registry, index)->protocol;
}

const char *registry_origin(const struct registry *registry, size_t index)
{
    return entry_at(registry, index)->origin;
}

bool registry_replaced(const struct registry *registry, size_t index)
{
    return entry_at(registry, index)->replaced;
}
