/*
 * A switch in front of the vpcd driver: it lets a test pull the reader's cable and dirty the
 * card's contacts, which the driver itself cannot do, gives the reader one slot instead of two,
 * and tells of a card at once, as readers on USB do, where the driver would leave pcscd to look
 * every 0.4 seconds.
 *
 * pcscd loads "<name>.so"; the driver proper lies beside it as "<name>.so.driver", one copy for
 * each reader, because its table of slots is static. The switches are files:
 *   <name>.so.unplugged   the reader does not answer any more, as with its cable pulled (pcscd
 *                         keeps the readers of reader.conf in its list and calls them unknown;
 *                         it has no unplugging for them)
 *   <name>.so.dirty       a card is there, but it does not answer its reset
 *   <name>.so.polled      it tells nothing by itself; pcscd looks every 0.4 seconds
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <ifdhandler.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MICROSECONDS 20000

/* pcscd calls a driver from one thread at a time, except for await_change below. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static void *driver;
static volatile int woken;

static const char *beside(const char *suffix)
{
	static __thread char path[512];
	Dl_info own;

	if (!dladdr((void *)beside, &own))
		return "";
	snprintf(path, sizeof path, "%s.%s", own.dli_fname, suffix);
	return path;
}

static int switched(const char *suffix)
{
	return access(beside(suffix), F_OK) == 0;
}

static void *of_driver(const char *name)
{
	if (!driver)
		driver = dlopen(beside("driver"), RTLD_LAZY | RTLD_LOCAL);
	return driver ? dlsym(driver, name) : NULL;
}

#define FORWARD(name, types, ...)                                                    \
	do {                                                                         \
		RESPONSECODE outcome = IFD_COMMUNICATION_ERROR;                       \
		pthread_mutex_lock(&one_at_a_time);                                  \
		RESPONSECODE(*call) types = (RESPONSECODE(*) types)of_driver(name);  \
		if (call)                                                            \
			outcome = call(__VA_ARGS__);                                  \
		pthread_mutex_unlock(&one_at_a_time);                                \
		return outcome;                                                      \
	} while (0)

static RESPONSECODE presence(DWORD lun)
{
	if (switched("unplugged"))
		return IFD_COMMUNICATION_ERROR; /* on IFD_NO_SUCH_DEVICE pcscd sleeps for a second */
	FORWARD("IFDHICCPresence", (DWORD), lun);
}

/* Called by pcscd on a thread of its own: returns when a card comes or goes, or after timeout. */
static RESPONSECODE await_change(DWORD lun, int timeout_ms)
{
	static RESPONSECODE last = IFD_ICC_NOT_PRESENT;
	long left = (long)timeout_ms * 1000;

	for (; left > 0 && !woken; left -= LOOK_MICROSECONDS) {
		RESPONSECODE now = presence(lun);
		if (now != last) {
			last = now;
			return IFD_SUCCESS;
		}
		usleep(LOOK_MICROSECONDS);
	}
	woken = 0;
	return IFD_SUCCESS;
}

/* Called by pcscd after each use of the card, too, when it has to think about its power. */
static RESPONSECODE stop_waiting(DWORD lun)
{
	(void)lun;
	woken = 1;
	return IFD_SUCCESS;
}

static RESPONSECODE give(void *function, PDWORD length, PUCHAR value)
{
	if (*length < sizeof function)
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	memcpy(value, &function, sizeof function);
	*length = sizeof function;
	return IFD_SUCCESS;
}

RESPONSECODE IFDHCreateChannelByName(DWORD lun, LPSTR device)
{
	if (switched("unplugged"))
		return IFD_NO_SUCH_DEVICE;
	FORWARD("IFDHCreateChannelByName", (DWORD, LPSTR), lun, device);
}

RESPONSECODE IFDHCreateChannel(DWORD lun, DWORD channel)
{
	if (switched("unplugged"))
		return IFD_NO_SUCH_DEVICE;
	FORWARD("IFDHCreateChannel", (DWORD, DWORD), lun, channel);
}

RESPONSECODE IFDHCloseChannel(DWORD lun)
{
	FORWARD("IFDHCloseChannel", (DWORD), lun);
}

RESPONSECODE IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD length, PUCHAR value)
{
	if (tag == TAG_IFD_SLOTS_NUMBER && *length >= 1) {
		*value = 1;
		*length = 1;
		return IFD_SUCCESS;
	}
	if (!switched("polled")) {
		if (tag == TAG_IFD_POLLING_THREAD_WITH_TIMEOUT)
			return give((void *)await_change, length, value);
		if (tag == TAG_IFD_STOP_POLLING_THREAD)
			return give((void *)stop_waiting, length, value);
	}
	FORWARD("IFDHGetCapabilities", (DWORD, DWORD, PDWORD, PUCHAR), lun, tag, length, value);
}

RESPONSECODE IFDHSetCapabilities(DWORD lun, DWORD tag, DWORD length, PUCHAR value)
{
	FORWARD("IFDHSetCapabilities", (DWORD, DWORD, DWORD, PUCHAR), lun, tag, length, value);
}

RESPONSECODE IFDHSetProtocolParameters(DWORD lun, DWORD protocol, UCHAR flags, UCHAR pts1,
				       UCHAR pts2, UCHAR pts3)
{
	FORWARD("IFDHSetProtocolParameters", (DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR), lun,
		protocol, flags, pts1, pts2, pts3);
}

RESPONSECODE IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD length)
{
	if (switched("dirty") && action != IFD_POWER_DOWN) {
		*length = 0;
		return IFD_ERROR_POWER_ACTION;
	}
	FORWARD("IFDHPowerICC", (DWORD, DWORD, PUCHAR, PDWORD), lun, action, atr, length);
}

RESPONSECODE IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send, PUCHAR command, DWORD size,
			       PUCHAR answer, PDWORD length, PSCARD_IO_HEADER receive)
{
	if (switched("unplugged")) {
		*length = 0;
		return IFD_NO_SUCH_DEVICE;
	}
	FORWARD("IFDHTransmitToICC",
		(DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR, PDWORD, PSCARD_IO_HEADER), lun, send,
		command, size, answer, length, receive);
}

RESPONSECODE IFDHControl(DWORD lun, DWORD code, PUCHAR out, DWORD size, PUCHAR in, DWORD room,
			 LPDWORD length)
{
	FORWARD("IFDHControl", (DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD, LPDWORD), lun, code, out,
		size, in, room, length);
}

RESPONSECODE IFDHICCPresence(DWORD lun)
{
	return presence(lun);
}
