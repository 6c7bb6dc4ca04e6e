"""Reference log-mels of assets/demo.flac for the golden test of LogMelFrontend.

An implementation of its own, in numpy and double precision, after librosa's definitions (feature.melspectrogram and
filters.mel with their defaults): 16 kHz, samples scaled to [-1, 1), periodic Hann window of 1024, hop 512, no centre
padding, power spectrum, 64 bands 0-8000 Hz on Slaney's mel scale with Slaney's area norm, 10 log10(power + 1e-10) dB.

Debian: python3-numpy flac. In the root of the repository:
  python3 tests/golden/make_demo_log_mel.py assets/demo.flac tests/golden/demo_log_mel.csv --every 23
writes every 23rd frame, one a row: the index of the frame, then 64 values in dB. Without --every: all frames.
"""
import argparse
import io
import subprocess
import wave

import numpy as np

RATE, N_FFT, HOP, N_MELS, F_MIN, F_MAX, FLOOR = 16000, 1024, 512, 64, 0.0, 8000.0, 1e-10


def samples_of(path):
    """Channel 0 in [-1, 1). A FLAC file is decoded by flac, which fails where the samples differ from their checksum."""
    file = path
    if path.endswith(".flac"):
        decoder = ["flac", "--decode", "--silent", "--stdout", path]
        file = io.BytesIO(subprocess.run(decoder, check=True, stdout=subprocess.PIPE).stdout)
    with wave.open(file) as wav:
        assert wav.getframerate() == RATE and wav.getsampwidth() == 2, f"{path} is not of 16 bits and {RATE} Hz"
        pcm = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, wav.getnchannels())
    return pcm[:, 0] / 32768.0


def hz_to_mel(hz):
    """Slaney's scale: linear below 1 kHz (15 mel), logarithmic above, 27 steps to a factor of 6.4."""
    return 3.0 * hz / 200.0 if hz < 1000.0 else 15.0 + 27.0 * np.log(hz / 1000.0) / np.log(6.4)


def mel_to_hz(mel):
    return 200.0 * mel / 3.0 if mel < 15.0 else 1000.0 * 6.4 ** ((mel - 15.0) / 27.0)


def mel_weights():
    """Triangles between neighbouring points of the mel scale, each of area 1 over frequency; bands x bins."""
    mels = np.linspace(hz_to_mel(F_MIN), hz_to_mel(F_MAX), N_MELS + 2)
    points = np.array([mel_to_hz(m) for m in mels])
    bins = np.arange(N_FFT // 2 + 1) * RATE / N_FFT
    weights = np.empty((N_MELS, len(bins)))
    for band in range(N_MELS):
        left, peak, right = points[band : band + 3]
        rising, falling = (bins - left) / (peak - left), (right - bins) / (right - peak)
        weights[band] = np.maximum(0.0, np.minimum(rising, falling)) * 2.0 / (right - left)
    return weights


def log_mel(samples):
    """Frames x bands, dB."""
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(N_FFT) / N_FFT)
    frames = np.lib.stride_tricks.sliding_window_view(samples, N_FFT)[::HOP]
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    return 10.0 * np.log10(power @ mel_weights().T + FLOOR)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording")
    parser.add_argument("csv")
    parser.add_argument("--every", type=int, default=1, help="write every n-th frame")
    options = parser.parse_args()
    db = log_mel(samples_of(options.recording))
    with open(options.csv, "w") as out:
        for frame in range(0, len(db), options.every):
            out.write(",".join([str(frame)] + [f"{value:.5f}" for value in db[frame]]) + "\n")


main()
