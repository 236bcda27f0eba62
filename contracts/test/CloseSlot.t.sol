// SPDX-License-Identifier: MIT
// The packed close: what is read is what was written, and nothing is read of none.
pragma solidity 0.8.37;

import {PendingClose} from "../types/Channel.sol";
import {CloseSlot, packClose} from "../types/CloseSlot.sol";

contract CloseSlotTest {
    function testFuzz_a_close_is_read_as_it_was_written(PendingClose memory written) external pure {
        PendingClose memory read = packClose(written.amount, written.headroom, written.deadline).unpack();
        require(keccak256(abi.encode(read)) == keccak256(abi.encode(written)), "close");
        read = CloseSlot.wrap(0).unpack();
        require(read.amount == 0 && read.headroom == 0 && read.deadline == 0, "none");
    }
}
