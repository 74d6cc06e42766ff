package foreign

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// binaryEndings are the names by which binaryornot, which cookiecutter asks,
// takes a file for binary without a look into it.
var binaryEndings = strings.Fields(`3ds blend dae fbx glb stl usdz 7z bz2 cab gz jar lz lz4 lzma rar tar xz z zip zst aac aif aiff alac ape flac m4a
mid midi mp3 ogg opus wav wma dwg dwf dxb step stp class dll o pyc pyo so wasm accdb db dbf mdb sqlite sqlite3 dmg img iso qcow2 vdi
vhd vmdk doc docx epub mobi odt pages pdf ppt pptx xls xlsx com exe msi bin fw rom eot otf ttc ttf woff woff2 gba n64 nds nes pak sav
sfc smc shp shx avif bmp cr2 cr3 dng gif heic heif ico jfif jp2 jpeg jpg jxl nef orf png psd raw tif tiff webp xcf arrow avro fit
fits hdf5 mat npy npz parquet pcap pcapng avi flv m4v mkv mov mp4 mpeg mpg ogv webm wmv`)

// isBinary reports whether cookiecutter copies a file as it is. Where its content
// decides, binaryornot weighs it; here a text is what is UTF-8 without a zero.
// What is neither is refused by who asks, as the two may differ there.
func isBinary(name string, data []byte) (binary, sure bool) {
	if slices.Contains(binaryEndings, strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))) {
		return true, true
	}
	if len(data) == 0 {
		return false, true
	}
	start := data[:min(len(data), 512)]
	switch {
	case bytes.IndexByte(start, 0) >= 0:
		return true, true
	case !utf8.Valid(data):
		return true, true // theirs copies it, or fails to read it
	}
	controls := 0
	for _, c := range start {
		if c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\b' && c != 27 {
			controls++
		}
	}
	return false, controls == 0
}
