/* One frame to many sockets in one call: the native sender of collabchat's fan-out.
 *
 * Each socket is a plain TCP one of this process whose transport has nothing buffered, else -1. The call never waits.
 * What a socket did not take is told, and left to its transport, which knows of errors, too. The interpreter's lock is
 * kept: a call is a slice of well under a millisecond, and taking the lock back can cost five.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <errno.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* Python ignores SIGPIPE */
#endif

static int note(PyObject **short_ones, Py_ssize_t index, Py_ssize_t sent)
{
    PyObject *pair;
    int failed;

    if (*short_ones == NULL && (*short_ones = PyList_New(0)) == NULL)
        return -1;
    if ((pair = Py_BuildValue("(nn)", index, sent)) == NULL)
        return -1;
    failed = PyList_Append(*short_ones, pair);
    Py_DECREF(pair);
    return failed;
}

static PyObject *send_to_all(PyObject *module, PyObject *args)
{
    PyObject *sockets, *short_ones = NULL;
    const char *frame;
    Py_ssize_t length, count, i, sent;
    long fd;

    (void)module;
    if (!PyArg_ParseTuple(args, "O!y#:send_to_all", &PyList_Type, &sockets, &frame, &length))
        return NULL;
    count = PyList_Size(sockets);
    for (i = 0; i < count; i++) {
        fd = PyLong_AsLong(PyList_GetItem(sockets, i));
        if (fd == -1 && PyErr_Occurred())
            goto fail;
        sent = 0;
        if (fd >= 0) {
            do
                sent = send((int)fd, frame, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
            while (sent < 0 && errno == EINTR);
            if (sent == length)
                continue;
        }
        if (note(&short_ones, i, sent < 0 ? 0 : sent) < 0)
            goto fail;
    }
    if (short_ones == NULL)
        return PyTuple_New(0);
    return short_ones;
fail:
    Py_XDECREF(short_ones);
    return NULL;
}

static PyMethodDef methods[] = {
    {"send_to_all", send_to_all, METH_VARARGS,
     "send_to_all(sockets: list[int], frame: bytes) -> the (index, bytes sent) of those that did not take all of it"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_sender", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__sender(void)
{
    return PyModule_Create(&definition);
}
