// SPDX-License-Identifier: MIT
// A token that is honest until it is told to be something else: what no registry lists, but anyone can open a channel in.
pragma solidity 0.8.37;

/// @notice Keeps true balances whatever it answers, so that a test can tell what really moved.
contract TricksterToken {
    enum Mood {
        Honest,
        Silent,
        Refusing,
        MovesNothing,
        TakesFee,
        BurnsGas,
        CallsBack,
        MovesAndDenies
    }

    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    Mood public mood;
    /// @notice Whether it ever denied a transfer that it had made: from then on who trusts it may hold too little.
    bool public lied;
    /// @notice Whether a call that it made during a transfer got through.
    bool public gotIn;
    bytes private _call;
    address private _target;

    error NotToday();

    function setMood(Mood next, address target, bytes calldata call) external {
        (mood, _target, _call) = (next, target, call);
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return move(from, to, amount);
    }

    /// @notice Whether a transfer in this mood moves all that it should.
    function movesAll() external view returns (bool) {
        return mood == Mood.Honest || mood == Mood.Silent || mood == Mood.CallsBack || mood == Mood.MovesAndDenies;
    }

    function move(address from, address to, uint256 amount) private returns (bool) {
        if (mood == Mood.Refusing) revert NotToday();
        if (mood == Mood.MovesNothing) return false;
        if (mood == Mood.BurnsGas) while (true) {}
        if (mood == Mood.CallsBack) {
            (bool done,) = _target.call(_call);
            if (done) gotIn = true;
        }
        uint256 fee = mood == Mood.TakesFee ? 1 : 0;
        balanceOf[from] -= amount;
        balanceOf[to] += amount - fee;
        balanceOf[address(this)] += fee;
        if (mood == Mood.MovesAndDenies) {
            lied = true;
            return false;
        }
        if (mood == Mood.Silent) {
            assembly ("memory-safe") {
                return(0, 0)
            }
        }
        return true;
    }
}
