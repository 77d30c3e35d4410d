"""The runtimes, Ockham first, one module each."""

from compare.peers.litert import LiteRt
from compare.peers.mnn import Mnn
from compare.peers.ncnn import Ncnn
from compare.peers.ockham import Ockham
from compare.peers.onnx_runtime import OnnxRuntime
from compare.peers.open_vino import OpenVino, OpenVinoAsItComes

PEERS = {peer.name: peer
         for peer in (Ockham, OnnxRuntime, OpenVino, OpenVinoAsItComes, Mnn, LiteRt, Ncnn)}
