// SPDX-License-Identifier: MIT
// Tokens that misbehave as real ones do: they take fees, block accounts, answer nothing or `false`, call
// recipients, or cost a lot.
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

abstract contract MintableToken is ERC20 {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Keeps one percent of every transfer.
contract FeeToken is MintableToken {
    constructor() ERC20("Fee", "FEE") {}

    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0)) return super._update(from, to, value);
        super._update(from, to, value - value / 100);
        super._update(from, address(this), value / 100);
    }
}

/// @notice Reverts transfers from and to blocked accounts, as USDC and USDT do.
contract BlocklistToken is MintableToken {
    mapping(address account => bool) public blocked;

    error Blocked(address account);

    constructor() ERC20("Blocklist", "BLK") {}

    function setBlocked(address account, bool isBlocked) external {
        blocked[account] = isBlocked;
    }

    function _update(address from, address to, uint256 value) internal virtual override {
        if (blocked[from]) revert Blocked(from);
        if (blocked[to]) revert Blocked(to);
        super._update(from, to, value);
    }
}

/// @notice Takes half a million gas for a transfer, and blocks accounts.
contract DearToken is BlocklistToken {
    function _update(address from, address to, uint256 value) internal override {
        uint256 before = gasleft();
        while (before - gasleft() < 500_000) {}
        super._update(from, to, value);
    }
}

/// @notice Answers `false` instead of reverting when it is switched off; moves nothing then.
contract FalseToken is MintableToken {
    bool public off;

    constructor() ERC20("False", "FLS") {}

    function setOff(bool isOff) external {
        off = isOff;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return !off && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return !off && super.transferFrom(from, to, value);
    }
}

/// @notice Calls senders and recipients that asked for it, before and after it has moved, as ERC-777 does.
contract HookToken is MintableToken {
    mapping(address account => bool) public hooked;

    constructor() ERC20("Hook", "HOK") {}

    function setHooked(address account) external {
        hooked[account] = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (hooked[from]) ITokenHooks(from).tokensToSend(msg.sender, value);
        super._update(from, to, value);
        if (hooked[to]) ITokenHooks(to).tokensReceived(msg.sender, value);
    }
}

interface ITokenHooks {
    function tokensToSend(address operator, uint256 amount) external;
    function tokensReceived(address operator, uint256 amount) external;
}

/// @notice `transfer` and `transferFrom` return nothing at all, as those of USDT.
contract SilentToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    error Insufficient();

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        if (allowance[from][msg.sender] < amount) revert Insufficient();
        allowance[from][msg.sender] -= amount;
        move(from, to, amount);
    }

    function move(address from, address to, uint256 amount) private {
        if (balanceOf[from] < amount) revert Insufficient();
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
