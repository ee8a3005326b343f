/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose types does --btf name?  A file of BTF is taken as it is; of an ELF file (a vmlinux) the
 * section .BTF is copied to a file without a name.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static Elf_Data *find_btf(Elf *elf)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(scn, &header))
			return NULL;
		name = elf_strptr(elf, names, header.sh_name);
		if (name && !strcmp(name, ".BTF") && header.sh_type != SHT_NOBITS)
			return elf_rawdata(scn, NULL);
	}
	return NULL;
}

static int copy_out(const Elf_Data *data)
{
	int fd = memfd_create("ring3-btf", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < data->d_size) {
		ssize_t n = write(fd, (const char *)data->d_buf + done, data->d_size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			return -EIO;
		}
		done += (size_t)n;
	}
	return fd < 0 ? -errno : fd;
}

int btf_file_open(const char *path, char *ret_path, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), out = -EINVAL;
	Elf_Data *data;
	Elf *elf;

	if (fd < 0) {
		cli_error("%s: %s", path, cli_strerror(errno));
		return -1;
	}
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF) {
		elf_end(elf);
		if (snprintf(ret_path, size, "/proc/self/fd/%d", fd) < (int)size)
			return fd;
		close(fd);
		return -1;
	}
	data = find_btf(elf);
	if (data)
		out = copy_out(data);
	elf_end(elf);
	close(fd);
	if (out < 0) {
		cli_error("%s: %s", path, data ? cli_strerror(out) : "has no section .BTF");
		return -1;
	}
	snprintf(ret_path, size, "/proc/self/fd/%d", out);
	return out;
}
